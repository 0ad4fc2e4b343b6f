import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { z } from 'zod';
import { invoke } from '../lib/testing/invoke.ts';
import { startService } from '../lib/testing/service.ts';

const { pool, simulator, account } = await startService({ simulator: { media: 1 } });
const { handler } = await import('./connect-account.ts');
const { handler: startSync } = await import('./start-sync.ts');
const { handler: verifyToken } = await import('./verify-token.ts');

const readToken = () =>
  pool.one(sql.type(z.strictObject({ ciphertext: z.string(), token_state: z.string(), known: z.int() }))`
    SELECT encode(token_ciphertext, 'base64') AS ciphertext, token_state, cardinality(token_fingerprints)::int AS known
    FROM accounts WHERE id = ${account.id}
  `);

beforeEach(() => simulator.reset());

test('a token that was handed in before changes nothing, so that a refreshed one is not overwritten', async () => {
  const before = await readToken();
  expect(await handler({ access_token: simulator.tokens.instagram })).toMatchObject({
    account_id: account.id,
    connected: false,
  });
  expect(await readToken()).toEqual(before);
});

test('a new token takes the place of the old one, and revives the account', async () => {
  await pool.query(sql.unsafe`UPDATE accounts SET token_state = 'dead'`);
  const before = await readToken();
  const { value: access_token } = simulator.world.tokens.grant({ login: 'instagram', accountId: account.instagram_id });
  expect(await handler({ access_token })).toMatchObject({ account_id: account.id, connected: true });
  const after = await readToken();
  expect(after).toMatchObject({ token_state: 'alive', known: before.known + 1 });
  expect(after.ciphertext).not.toBe(before.ciphertext);
});

test('with the key lost, a sync says what to do, and handing the same token in again does it', async () => {
  // biome-ignore lint/style/noProcessEnv: where the service keeps its key
  await writeFile(process.env.TOKEN_KEY_FILE ?? '', randomBytes(32));
  expect(await invoke(startSync, '/sync')).toMatchObject({
    status: 502,
    body: { code: 'instagram_token_invalid', detail: expect.stringMatching(/another key.*connect .* again/) },
  });
  expect(simulator.calls.count()).toBe(0);
  expect(await handler({ access_token: simulator.tokens.instagram })).toMatchObject({ connected: true });
  expect(await invoke(startSync, '/sync')).toMatchObject({ status: 200, body: { status: 'succeeded' } });
});

test('a token that Instagram does not accept is refused, and the answer does not repeat it', async () => {
  simulator.scenarios.add({ kind: 'expired_token' });
  const outcome = await handler({ access_token: 'IGAAunknown' });
  expect(outcome).toEqual({ error: expect.stringMatching(/token/i) });
  expect(JSON.stringify(outcome)).not.toContain('IGAAunknown');
});

test.each([
  ['nothing', {}],
  ['another login', { access_token: 'x', login: 'twitter' }],
  ['an id that is none', { access_token: 'x', instagram_id: '../me' }],
])('%s is refused without a call', async (_, event) => {
  expect(await handler(event)).toEqual({ error: expect.any(String) });
  expect(simulator.calls.count()).toBe(0);
});

test('the only account behind the pages of a token is connected, and its id need not be named', async () => {
  const { value: access_token } = simulator.world.tokens.grant({ login: 'facebook', accountId: account.instagram_id });
  expect(await handler({ access_token })).toMatchObject({ account_id: account.id, connected: true });
});

test('an account behind a page is connected by its id', async () => {
  const outcome = await handler({
    access_token: simulator.tokens.facebook,
    login: 'facebook',
    instagram_id: account.instagram_id,
  });
  expect(outcome).toMatchObject({ account_id: account.id, instagram_id: account.instagram_id, connected: true });
});

describe.each([
  ['a sync', () => invoke(startSync, '/sync')],
  ['a look at the token itself', () => invoke(verifyToken, '/auth/verify', { body: {} })],
])('%s with the token before', (_, ask: () => Promise<{ status: number }>) => {
  const connectNew = async (): Promise<string> => {
    const { value } = simulator.world.tokens.grant({ login: 'instagram', accountId: account.instagram_id });
    expect(await handler({ access_token: value })).toMatchObject({ connected: true });
    return value;
  };
  /** Begins it, and gives the account its new token while Instagram takes its time. */
  const connectMeanwhile = async (token: string) => {
    simulator.scenarios.add({ kind: 'slow', ms: 400, times: 1, on: { token } });
    const asked = ask();
    await simulator.calls.next({});
    await connectNew();
    return { asked };
  };

  test('a call with the old token that Instagram refuses does not mark the new token dead', async () => {
    const token = await connectNew();
    simulator.scenarios.add({ kind: 'expired_token', on: { token } });
    const { asked } = await connectMeanwhile(token);
    await asked;
    expect(simulator.calls.count({ code: 190 })).toBeGreaterThan(0);
    expect(await readToken()).toMatchObject({ token_state: 'alive' });
  });

  test('a call with the old token that works does not revive the new token', async () => {
    const token = await connectNew();
    await pool.query(sql.unsafe`UPDATE accounts SET token_state = 'dead'`);
    const { asked } = await connectMeanwhile(token);
    await pool.query(sql.unsafe`UPDATE accounts SET token_state = 'dead'`);
    expect(await asked).toMatchObject({ status: 200 });
    expect(await readToken()).toMatchObject({ token_state: 'dead' });
  });
});
