/** Who owns a request: no caller reaches the keys of another, whatever its token says, and older keys still work. */
import { readFileSync } from 'node:fs';
import { beforeEach, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { invoke } from '../lib/testing/invoke.ts';
import { startService } from '../lib/testing/service.ts';
import { administer } from '../lib/testing/test-server.ts';

const { pool, simulator, databaseUrl } = await startService({ simulator: { media: 1 } });
const { handler: startSync } = await import('./start-sync.ts');
const { handler: createComment } = await import('./create-comment.ts');
await invoke(startSync, '/sync');
const post = await pool.oneFirst(sql.unsafe`SELECT id FROM posts`);

beforeEach(async () => {
  await pool.query(sql.unsafe`DELETE FROM intents`);
});

type Claims = Readonly<Record<string, unknown>>;
const comment = (key: string, claims?: Claims) =>
  invoke(createComment, `/posts/${post}/comment`, {
    body: { text: 'Hello' },
    headers: { 'Idempotency-Key': key },
    ...(claims && { claims: { scope: 'comments:write', ...claims } }),
  });
const isReplay = async (key: string, claims?: Claims) => {
  const { status, headers } = await comment(key, claims);
  expect(status).toBe(201);
  return headers['idempotent-replayed'] === 'true';
};

test('a user and a client of the same name have keys of their own', async () => {
  expect(await isReplay('mine', { sub: 'alice' })).toBe(false);
  expect(await isReplay('mine', { client_id: 'alice' })).toBe(false);
  expect(await isReplay('mine', { sub: 'alice', client_id: 'app' })).toBe(true);
  expect(await isReplay('mine', { client_id: 'alice' })).toBe(true);
});

test.each([
  ['a sub that looks like a client', { sub: 'client:alice' }],
  ['NUL', { sub: 'ali\0ce' }],
  ['a line break', { sub: 'ali\nce' }],
  ['a C1 control character', { sub: 'ali\u0085ce' }],
  ['half a surrogate pair', { sub: 'ali\ud800ce' }],
  ['a sub longer than an index takes', { sub: 'x'.repeat(4_000) }],
  ['NUL in a client_id', { client_id: 'ali\0ce' }],
  ['a client_id longer than an index takes', { client_id: 'x'.repeat(4_000) }],
  ['a sub that stands for everybody', { sub: '*' }],
])('a token with %s is refused, with a key or without', async (_, claims) => {
  const calls = simulator.calls.count();
  const withKey = await comment('any', claims);
  const without = await invoke(createComment, `/posts/${post}/comment`, {
    body: { text: 'Hello' },
    claims: { scope: 'comments:write', ...claims },
  });
  for (const answer of [withKey, without]) {
    expect(answer).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
      body: { code: 'unauthorized' },
    });
  }
  expect(simulator.calls.count()).toBe(calls);
});

test.each([
  ['no name at all', {}],
  ['names that are no texts', { sub: 7, client_id: null }],
])('a token with %s is forbidden everything', async (_, claims) => {
  const calls = simulator.calls.count();
  expect(await comment('any', claims)).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  expect(simulator.calls.count()).toBe(calls);
});

const [, up = '', down = ''] = readFileSync(
  new URL('../migrations/0058_rename_principals.sql', import.meta.url),
  'utf8',
).split(/^-- (?:Up|Down) Migration$/m);
const run = (statements: string) => administer(databaseUrl, statements);
const rename = (key: string, principal: string) =>
  pool.query(sql.unsafe`UPDATE intents SET principal = ${principal} WHERE idempotency_key = ${key}`);
const principalOf = (key: string) =>
  pool.oneFirst(sql.unsafe`SELECT principal FROM intents WHERE idempotency_key = ${key}`);

test('a key from before, when nobody was anonymous, is answered again', async () => {
  expect(await isReplay('before')).toBe(false);
  await rename('before', 'anonymous');
  await run(up);
  expect(await isReplay('before')).toBe(true);
  await run(down);
  expect(await principalOf('before')).toBe('anonymous');
  await run(up);
});

test('where both names have the key, each keeps its own', async () => {
  await comment('both', { sub: 'one' });
  await comment('both', { sub: 'other' });
  await pool.query(sql.unsafe`UPDATE intents SET principal = 'anonymous' WHERE principal = 'one'`);
  await pool.query(sql.unsafe`UPDATE intents SET principal = 'local' WHERE principal = 'other'`);
  await run(up);
  const names = await pool.anyFirst(
    sql.unsafe`SELECT principal FROM intents WHERE idempotency_key = 'both' ORDER BY principal`,
  );
  expect(names).toEqual(['anonymous', 'local']);
});

test.each([['client:bob'], ['unidentified']])("what %s once did is nobody else's now", async (principal) => {
  const key = `from ${principal}`;
  await comment(key, { sub: 'carol' });
  await rename(key, principal);
  await run(up);
  expect(await isReplay(key, { client_id: 'bob' })).toBe(false);
  expect(await isReplay(key, { sub: 'unidentified' })).toBe(false);
});
