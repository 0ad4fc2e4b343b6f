/** What one caller may use: whoever takes more is told so, and takes nothing from the others. */
import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import type { Endpoint } from '../lib/contract.ts';
import { pathsOf } from '../lib/contract.ts';
import { apiEvent, invoke } from '../lib/testing/invoke.ts';
import { createTestDatabase } from '../lib/testing/postgres.ts';
import { givenAccount } from '../lib/testing/posts.ts';
import { routes } from './routes.ts';

const { pool, databaseClock } = await createTestDatabase();
// biome-ignore lint/style/noProcessEnv: handlers read the environment when they are imported, as they do on Lambda
Object.assign(process.env, {
  CALLER_REQUESTS_PER_SECOND: '5',
  CALLER_UPLOAD_MB_PER_DAY: '2',
  CALLER_CONNECTS_PER_HOUR: '2',
  TOKEN_KMS_KEY_ID: 'alias/tokens',
  UPLOAD_BUCKET: 'uploads-test',
  AWS_ENDPOINT_URL_S3: 'http://objects.test',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  SYNC_QUEUE_URL: 'http://queues.test/000000000000/sync',
  ACCOUNTS_QUEUE_URL: 'http://queues.test/000000000000/accounts',
  PUBLICATIONS_QUEUE_URL: 'http://queues.test/000000000000/publications',
  DATABASE_POOL_SIZE: '4',
});
const { handler: listPosts } = await import('./list-posts.ts');
const { handler: createAccount } = await import('./create-account.ts');
const { handler: createUpload } = await import('./create-upload.ts');
const { handler: health } = await import('./health.ts');
await givenAccount(pool, '17841400000000001');

/** Time stands still, until a test lets some pass. */
let now = Date.parse('2026-01-02T03:04:05Z');
const letPass = async (ms: number) => {
  now += ms;
  await databaseClock.stopAt(now);
};
const claimsOf = (sub: string) => ({ claims: { sub, scope: 'posts:read publish:write' } });
const list = (sub: string) => invoke(listPosts, '/posts', claimsOf(sub));
const many = (count: number, sub: string) => Promise.all(Array.from({ length: count }, () => list(sub)));
const statuses = (answers: readonly { status: number }[]) => answers.map(({ status }) => status).toSorted();

beforeEach(async () => {
  await pool.query(sql.unsafe`TRUNCATE allowances`);
  await letPass(0);
});

describe('requests', () => {
  test('a caller may send its requests of a second at once; the next one is told when to come back', async () => {
    expect(statuses(await many(5, 'ada'))).toEqual([200, 200, 200, 200, 200]);
    expect(await list('ada')).toMatchObject({
      status: 429,
      headers: { 'retry-after': '1', ratelimit: '"requests";r=0;t=1', 'ratelimit-policy': '"requests";q=5;w=1' },
      body: { code: 'too_many_requests', retryable: true },
    });
  });

  test('they come back evenly, and what was refused costs nothing', async () => {
    await many(20, 'ada');
    await letPass(400);
    expect(statuses(await many(4, 'ada'))).toEqual([200, 200, 429, 429]);
    await letPass(60_000);
    expect(statuses(await many(6, 'ada'))).toEqual([200, 200, 200, 200, 200, 429]);
  });

  test('one caller does not starve another, nor a client the user of the same name', async () => {
    const flood = many(60, 'greedy');
    const [modest, client] = await Promise.all([
      many(5, 'modest'),
      invoke(listPosts, '/posts', { claims: { client_id: 'greedy', scope: 'posts:read' } }),
    ]);
    expect(statuses(modest)).toEqual([200, 200, 200, 200, 200]);
    expect(client.status).toBe(200);
    expect((await flood).filter(({ status }) => status === 200)).toHaveLength(5);
  });

  test('a request without the scope is forbidden and costs nothing; one that is not valid costs as any other', async () => {
    for (let n = 0; n < 9; n += 1) {
      expect(await invoke(listPosts, '/posts', { claims: { sub: 'ada', scope: 'sync:write' } })).toMatchObject({
        status: 403,
      });
    }
    for (let n = 0; n < 5; n += 1) {
      expect(await invoke(listPosts, '/posts?limit=0', claimsOf('ada'))).toMatchObject({ status: 400 });
    }
    expect((await list('ada')).status).toBe(429);
  });

  test('where there is no issuer, callers cannot be told apart: none is limited', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => invoke(listPosts, '/posts')));
    expect(new Set(statuses(answers))).toEqual(new Set([200]));
  });

  const asEvent = ({ scope, ...contract }: Endpoint) => {
    const path = (pathsOf({ scope, ...contract })[0] ?? '').replaceAll(/\{\w+\}/g, '2049');
    return apiEvent(path, { method: contract.method, claims: { sub: 'greedy', scope: scope ?? '' } });
  };
  const limited = routes.filter(({ contract }) => contract.scope !== null);
  test.each(limited.map(({ contract, entry }) => [entry, contract] as const))(
    '%s counts its requests too',
    async (entry, contract) => {
      await many(5, 'greedy');
      const { handler } = await import(`./${entry}.ts`);
      const { statusCode } = await handler(asEvent(contract), { getRemainingTimeInMillis: () => 29_000 });
      expect(statusCode).toBe(429);
    },
  );

  test('what is open to everyone is not counted', async () => {
    await many(5, 'greedy');
    expect((await invoke(health, '/api/v1/health')).status).toBe(200);
  });
});

test('tokens are handed in so many times an hour, whatever becomes of them, before Meta is asked', async () => {
  const connect = (sub: string) =>
    invoke(createAccount, '/accounts', {
      claims: { sub, scope: 'accounts:write' },
      body: { access_token: 'no token at all' }, // is refused without a call
    });
  expect(statuses(await Promise.all([1, 2, 3].map(() => connect('ada'))))).toEqual([422, 422, 429]);
  expect(await connect('ada')).toMatchObject({
    headers: { 'ratelimit-policy': '"connects";q=2;w=3600' },
    body: { code: 'too_many_requests', detail: expect.stringContaining('2 times an hour') },
  });
  expect((await connect('bob')).status).toBe(422);
  await letPass(1_800_000);
  expect((await connect('ada')).status).toBe(422);
});

describe('uploads', () => {
  const MB = 1024 * 1024;
  const upload = (sub: string, size: number) =>
    invoke(createUpload, '/uploads', {
      ...claimsOf(sub),
      body: { filename: `${randomBytes(4).toString('hex')}.jpg`, content_type: 'image/jpeg', size },
    });

  test('a day’s megabytes may be used at once; then it says in how long there is enough again', async () => {
    expect((await upload('ada', 1.5 * MB)).status).toBe(201);
    const refused = await upload('ada', MB);
    expect(refused).toMatchObject({ status: 429, body: { code: 'too_many_requests' } });
    expect(refused.headers).toMatchObject({
      'retry-after': String(6 * 3_600), // half a megabyte is a quarter of the day's
      'ratelimit-policy': '"upload_bytes";q=2097152;w=86400',
    });
    expect((await upload('bob', MB)).status).toBe(201);
    await letPass(6 * 3_600_000);
    expect((await upload('ada', MB)).status).toBe(201);
  });

  test('a file that is larger than a day’s megabytes is too large, and costs nothing', async () => {
    const refused = await upload('ada', 3 * MB);
    expect(refused).toMatchObject({ status: 413, body: { code: 'payload_too_large', retryable: false } });
    expect((await upload('ada', MB)).status).toBe(201);
  });
});
