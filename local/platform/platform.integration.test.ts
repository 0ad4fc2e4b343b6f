import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { captureLogs } from '../../lib/testing/logs.ts';
import { createTestDatabase } from '../../lib/testing/postgres.ts';
import { type Platform, startPlatform } from './platform.ts';

jest.setTimeout(30_000);

const { url: DATABASE_URL } = await createTestDatabase();
const folder = mkdtempSync(join(tmpdir(), 'platform-'));
chmodSync(folder, 0o711); // so that PostgreSQL's own user reaches the data where root runs the tests
const DATA_DIR = join(folder, 'state');
const env = { DATABASE_URL, DATA_DIR, PORT: '0', INSTAGRAM_SIMULATOR_PORT: '0', LOG_LEVEL: 'error' };

let platform: Platform;
const lines: string[] = [];
beforeEach(() => void captureLogs());
beforeAll(async () => {
  captureLogs();
  platform = await startPlatform({ env, log: (line) => lines.push(line) });
});
afterAll(async () => {
  await platform.stop();
  rmSync(join(DATA_DIR, '..'), { recursive: true });
});

interface Body {
  id: number;
  status: string;
  next: string;
  results: { timestamp: string }[];
}

const call = async (path: string, init: RequestInit = {}) => {
  const response = await fetch(path.startsWith('http') ? path : `${platform.url}${path}`, init);
  return { status: response.status, headers: response.headers, body: (await response.json()) as Body };
};
const until = async <Value>(read: () => Promise<Value>, condition: (value: Value) => boolean): Promise<Value> => {
  for (;;) {
    const value = await read();
    if (condition(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

test('says what it is connected to', () => {
  expect(platform).toMatchObject({
    url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    instagram: expect.stringMatching(/^@[\w.]+, simulated, at http:\/\/127\.0\.0\.1:\d+/),
    database: expect.stringMatching(/^PostgreSQL at 127\.0\.0\.1:\d+\/test_\w+$/),
  });
});

test('mirrors the simulated account and lists it, through the same functions that are deployed', async () => {
  const run = await call('/api/v1/sync', { method: 'POST' });
  const posts = await call('/api/v1/posts/?limit=2');
  const next = await call(posts.body.next);

  expect(run).toMatchObject({ status: 200, body: { status: 'succeeded', created: 250 } });
  expect(posts.body.results).toHaveLength(2);
  expect(posts.body.next).toMatch(new RegExp(`^${platform.url}/api/v1/posts`));
  const times = [...posts.body.results, ...next.body.results].map(({ timestamp }) => timestamp);
  expect(times).toEqual(times.toSorted().toReversed());
});

test('work that nobody waits for is done by way of the queue', async () => {
  const accepted = await call('/api/v1/sync', { method: 'POST', headers: { Prefer: 'respond-async' } });
  expect(accepted.status).toBe(202);

  const location = accepted.headers.get('location') ?? '';
  const { body } = await until(
    () => call(location),
    (answer) => answer.body.status === 'succeeded',
  );

  expect(body).toMatchObject({ id: accepted.body.id, unchanged: 250 });
});

test('a path without the version is sent on, another is 404, a page of another site is refused', async () => {
  const old = await fetch(`${platform.url}/api/posts/?limit=1`, { redirect: 'manual' });

  expect([old.status, old.headers.get('location')]).toEqual([308, expect.stringContaining('/api/v1/posts')]);
  expect((await call('/nowhere')).status).toBe(404);
  expect((await call('/api/v1/sync', { method: 'POST', headers: { Origin: 'https://evil.test' } })).status).toBe(403);
});

test('keeps the key of its tokens to itself', () => {
  const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

  expect(mode(DATA_DIR)).toBe(process.getuid?.() === 0 ? '711' : '700');
  expect(mode(join(DATA_DIR, 'token.key'))).toBe('600');
  expect(statSync(join(DATA_DIR, 'token.key')).size).toBe(32);
});

describe('a wrong variable is one clear line', () => {
  const refused: [string, Record<string, string>, string | RegExp][] = [
    ['a port that is none', { PORT: '70000' }, /^Invalid environment: PORT: must be a port number/],
    ['an address that others reach', { HOST: '0.0.0.0' }, /^HOST: others can reach 0\.0\.0\.0, .*ALLOW_OPEN_BIND=true/],
    ['a host that is not there', { HOST: 'nowhere.invalid' }, 'HOST: nowhere.invalid is no address of this machine'],
    [
      'another kind of database',
      { DATABASE_URL: 'mysql://x' },
      /^Invalid environment: DATABASE_URL: must be a postgres/,
    ],
    [
      'a database that is not there',
      { DATABASE_URL: 'postgres://me:secret@127.0.0.1:9/x' },
      'DATABASE_URL: 127.0.0.1:9/x cannot be reached (ECONNREFUSED)',
    ],
    [
      'a password that is wrong',
      { DATABASE_URL: DATABASE_URL.replace(/:[^:@]+@/, ':secret@') },
      /^DATABASE_URL: 127\.0\.0\.1:\d+\/test_\w+ does not accept this user and password \(28P01\)$/,
    ],
    [
      'a database nobody made',
      { DATABASE_URL: `${DATABASE_URL}_not` },
      /^DATABASE_URL: .*_not does not exist \(3D000\)$/,
    ],
    [
      'queues that are not there',
      { AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:9' },
      /^AWS_ENDPOINT_URL_SQS: http:\/\/127\.0\.0\.1:9 does not answer \(/,
    ],
    [
      'files that are not there',
      { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9' },
      /^AWS_ENDPOINT_URL_S3: http:\/\/127\.0\.0\.1:9 does not answer \(/,
    ],
    [
      'one queue of several',
      { SYNC_QUEUE_URL: 'https://sqs.test/1/sync' },
      /^[A-Z_]+_QUEUE_URL: must be set where other/,
    ],
    ['an issuer in clear', { OIDC_ISSUER: 'http://issuer.test' }, /^OIDC_ISSUER: must be an https URL/],
    ['tokens for nobody', { OIDC_ISSUER: 'https://issuer.test' }, 'OIDC_AUDIENCE: must be set where OIDC_ISSUER is'],
    [
      'a login there is not',
      { INSTAGRAM_LOGIN: 'twitter' },
      /^Invalid environment: INSTAGRAM_LOGIN: must be instagram or/,
    ],
    [
      'a Facebook token for no account',
      { INSTAGRAM_LOGIN: 'facebook', INSTAGRAM_ACCESS_TOKEN: 'EAA-secret' },
      /^INSTAGRAM_USER_ID: must be the professional account's id/,
    ],
    [
      'a Facebook token taken for one of Instagram Login',
      { INSTAGRAM_ACCESS_TOKEN: 'EAA-secret' },
      /^INSTAGRAM_ACCESS_TOKEN: EAA… is a token of Facebook Login: set INSTAGRAM_LOGIN=facebook, .* in \.env$/,
    ],
    [
      'a token of Instagram Login taken for one of Facebook',
      { INSTAGRAM_LOGIN: 'facebook', INSTAGRAM_USER_ID: '1', INSTAGRAM_ACCESS_TOKEN: 'IGAA-secret' },
      /^INSTAGRAM_ACCESS_TOKEN: IG… is a token of Instagram Login: take INSTAGRAM_LOGIN=facebook out of \.env$/,
    ],
    [
      'a token that Instagram does not take',
      { INSTAGRAM_ACCESS_TOKEN: 'IGAA-secret', INSTAGRAM_GRAPH_URL: 'http://127.0.0.1:9' },
      /^INSTAGRAM_ACCESS_TOKEN: not connected through http:\/\/127\.0\.0\.1:9: .*; correct \.env, and start again$/,
    ],
    [
      'a folder that is a file',
      { DATA_DIR: import.meta.filename },
      /^DATA_DIR: .* cannot be written \(EEXIST\); set another$/,
    ],
    [
      'a folder that cannot be made, though its parent is there',
      { DATA_DIR: '/proc/x/y' },
      /^DATA_DIR: \/proc\/x\/y cannot be written \([A-Z]+\); set another$/,
    ],
    [
      'a key file that is not there',
      { TOKEN_KEY_FILE: '/nowhere/token.key' },
      'TOKEN_KEY_FILE: /nowhere/token.key cannot be read (ENOENT)',
    ],
    [
      'a key file that holds no key',
      { TOKEN_KEY_FILE: import.meta.filename },
      /^TOKEN_KEY_FILE: \S+ is no key: it has \d+ bytes in place of 32; name the file that/,
    ],
  ];
  test.each(refused)('%s', async (_case, variables, line) => {
    const start = startPlatform({ env: { ...env, ...variables }, log: () => {} });

    await expect(start).rejects.toThrow(line);
    await expect(start).rejects.not.toThrow('secret');
  });
});

test('a damaged key is one line, and is not replaced', async () => {
  const path = join(folder, 'damaged', 'token.key');
  mkdirSync(join(folder, 'damaged'));
  writeFileSync(path, 'half');

  await expect(startPlatform({ env: { ...env, DATA_DIR: join(folder, 'damaged') }, log: () => {} })).rejects.toThrow(
    `DATA_DIR: ${path} is no key: it has 4 bytes in place of 32`,
  );
  expect(readFileSync(path, 'utf8')).toBe('half');
});

test('an address that others reach, without anything that says who may, is warned of loudly', async () => {
  const lines: string[] = [];
  const open = { ...env, HOST: '0.0.0.0', ALLOW_OPEN_BIND: 'true', DATABASE_URL: 'postgres://127.0.0.1:9/x' };
  const start = (more: Record<string, string>) =>
    startPlatform({ env: { ...open, ...more }, log: (line, level) => lines.push(`${level} ${line}`) }).catch(
      () => undefined,
    );

  await start({});
  expect(lines.join()).toMatch(
    /^WARN \nWARNING: everybody who reaches this machine .* Set\sOIDC_ISSUER\s.*ALLOWED_HOSTS/s,
  );
  lines.length = 0;
  await start({ ALLOWED_HOSTS: 'api' });
  await start({ OIDC_ISSUER: 'https://issuer.test', OIDC_AUDIENCE: 'api' });
  await start({ HOST: '127.0.0.1' });
  expect(lines).toEqual([]);
});
