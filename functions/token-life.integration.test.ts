/** Tokens live as long as Instagram lets them, and a person hears of it where one is needed. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { z } from 'zod';
import { invoke } from '../lib/testing/invoke.ts';
import { createLives } from '../lib/testing/lives.ts';
import { startService } from '../lib/testing/service.ts';
import { createVitalsRepository } from '../lib/vitals/repository.ts';

const service = await startService({
  simulator: { media: 30 },
  environment: { SYNC_INTERVAL_MINUTES: '0' },
});
const { pool, simulator, account, connect, takeMessages, deliver, letPass } = service;
const { handler: tick } = await import('./tick.ts');
const { handler: taskWorker } = await import('./run-account-task.consumer.ts');
const { handler: syncWorker } = await import('./sync-posts.consumer.ts');
const { handler: startSync } = await import('./start-sync.ts');
const { handler: updateAccount } = await import('./update-account.ts');
const { handler: getAccount } = await import('./get-account.ts');

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const LIFE_DAYS = 60;
const vitals = createVitalsRepository(pool);
const { tokens } = simulator.world;
const path = `/accounts/${account.id}`;

const get = async () => (await invoke(getAccount, path)).body;
const refreshes = () => simulator.calls.count({ edge: 'refresh_access_token' });
const onRefresh = { edge: 'refresh_access_token' } as const;
const nowSeconds = () => Math.floor(Date.now() / 1_000);
const { minute, pass } = createLives(service, { tick, taskWorker, syncWorker });
const live = (days: number, { stepDays = 1 } = {}) => pass(days * DAY_MS, stepDays * DAY_MS);
/** The token is as young as one that was just made, here and at Instagram. */
const giveYoungToken = async () => {
  tokens.clear();
  tokens.grant({
    login: 'instagram',
    accountId: account.instagram_id,
    value: simulator.tokens.instagram,
    issued_at: nowSeconds(),
    expires_at: nowSeconds() + LIFE_DAYS * 86_400,
  });
  await pool.query(sql.unsafe`UPDATE accounts SET status = 'disconnected'`);
  await connect({ token: simulator.tokens.instagram, login: 'instagram' });
};
const works = async () => (await invoke(startSync, '/sync')).status === 200;

beforeEach(async () => {
  await pool.query(sql.unsafe`TRUNCATE posts, sync_runs, usage, account_tasks CASCADE`);
  simulator.reset();
  await giveYoungToken();
  simulator.calls.clear();
});

test('in 400 days nobody does anything, and the token of Instagram Login is alive', async () => {
  await live(400, { stepDays: 4 });
  expect(refreshes()).toBeGreaterThanOrEqual(11);
  expect(refreshes()).toBeLessThanOrEqual(16);
  expect(await works()).toBe(true);
  const { status, token } = await get();
  expect([status, token.state]).toEqual(['active', 'alive']);
  expect(Date.parse(token.expires_at ?? '')).toBeGreaterThan(Date.now() + 25 * DAY_MS);
  expect(Date.parse(token.next_refresh_at ?? '')).toBeGreaterThan(Date.now() - DAY_MS);
  // Neither the first token nor any that came after it is stored in clear.
  const rows = JSON.stringify(
    await pool.any(sql.type(z.strictObject({ row: z.string() }))`SELECT accounts::text AS row FROM accounts`),
  );
  for (const { value } of tokens.list()) expect(rows).not.toContain(value);
});

test('a token is refreshed at about half its life, and not before', async () => {
  await minute();
  const { token } = await get();
  const days = (Date.parse(token.next_refresh_at ?? '') - Date.now()) / DAY_MS;
  expect(days).toBeGreaterThan(LIFE_DAYS * 0.44);
  expect(days).toBeLessThan(LIFE_DAYS * 0.56);
  await live(25, { stepDays: 5 });
  expect(refreshes()).toBe(0);
});

test('a token whose end is not known is refreshed after a day', async () => {
  await pool.query(sql.unsafe`UPDATE accounts SET token_expires_at = NULL`);
  await live(1);
  expect(refreshes()).toBe(0);
  await live(2);
  expect(refreshes()).toBe(1);
  expect((await get()).token.expires_at).not.toBeNull();
});

test('a paused account keeps its token alive', async () => {
  await invoke(updateAccount, path, { method: 'PATCH', body: { status: 'paused' } });
  await live(80, { stepDays: 2 });
  expect(await works()).toBe(true);
});

describe('a refresh that fails', () => {
  test('a refresh that fails for three days is made when that is over', async () => {
    await live(26, { stepDays: 13 });
    const outage = simulator.scenarios.add({ kind: 'error', code: 24, on: onRefresh });
    await live(8);
    outage.remove();
    expect((await get()).token.state).toBe('alive');
    await live(3);
    expect((await get()).token.refreshed_at).not.toBeNull();
    await live(40, { stepDays: 2 });
    expect(await works()).toBe(true);
  });

  test.each([[100], [190], [10]])('a refresh refused with %i is no verdict about a token that works', async (code) => {
    await live(26, { stepDays: 13 });
    simulator.scenarios.add({ kind: 'error', code, on: onRefresh });
    await live(10);
    expect(refreshes()).toBeGreaterThan(0);
    expect(await get()).toMatchObject({ status: 'active', token: { state: 'alive' } });
    expect(await works()).toBe(true);
  });

  test('a refresh whose answer is lost is made again, and the token that nobody knows is not missed', async () => {
    await live(26, { stepDays: 13 });
    simulator.scenarios.add({ kind: 'reset', placement: 'after', on: onRefresh, times: 1 });
    await live(10);
    expect(refreshes()).toBeGreaterThanOrEqual(2);
    expect((await get()).token.refreshed_at).not.toBeNull();
    expect(await works()).toBe(true);
  });

  test('a refresh that does not make the token live longer does not count', async () => {
    await live(26, { stepDays: 13 });
    await pool.query(
      sql.unsafe`UPDATE accounts SET token_expires_at = service_now() + interval '90 days', token_since = service_now() - interval '300 days'`,
    );
    await live(2);
    expect(refreshes()).toBeGreaterThanOrEqual(1);
    expect((await get()).token.refreshed_at).toBeNull();
  });
});

test('two workers refresh a token once', async () => {
  await live(40, { stepDays: 40 });
  await letPass(2 * DAY_MS);
  await tick();
  const messages = takeMessages('accounts');
  simulator.calls.clear();
  const before = refreshes();
  await Promise.all([deliver(taskWorker, messages), deliver(taskWorker, messages)]);
  expect(refreshes() - before).toBeLessThanOrEqual(1);
});

describe('the refreshed token', () => {
  /** Until the refreshed token is stored beside the one in use, and could not be tried. */
  const untilItWaits = async () => {
    tokens.grant({ login: 'instagram', accountId: account.instagram_id, issued_at: nowSeconds() }); // the next refresh gives another token
    await live(26, { stepDays: 13 });
    const away = simulator.scenarios.add({ kind: 'error', code: 2, on: { edge: 'user' } });
    for (let days = 0; days < 12 && (await waiting()) === 0; days += 1) await live(1);
    away.remove();
  };
  const waiting = () =>
    pool.oneFirst(sql.type(z.strictObject({ count: z.int() }))`
      SELECT count(*) FROM accounts WHERE next_token_ciphertext IS NOT NULL
    `);

  test('a refreshed token takes over once it has read the account; until then the old one stays', async () => {
    await untilItWaits();
    expect(await waiting()).toBe(1);
    const made = refreshes();
    await live(2);
    expect([await waiting(), refreshes()]).toEqual([0, made]);
    expect((await get()).token.refreshed_at).not.toBeNull();
    expect(await works()).toBe(true);
  });

  test('a refreshed token that Instagram refuses is dropped, and another refresh is made', async () => {
    await untilItWaits();
    const refreshed = tokens.list().at(-1);
    if (refreshed === undefined) throw new Error('there is no refreshed token');
    tokens.grant({ ...refreshed, expires_at: nowSeconds() - 1 });
    await live(3);
    expect(await waiting()).toBe(0);
    expect(await get()).toMatchObject({ status: 'active', token: { state: 'alive' } });
    expect(await works()).toBe(true);
  });
});

describe('a token that dies', () => {
  const revoke = () => simulator.scenarios.add({ kind: 'expired_token' });

  test('after two refusals of a token a quarter of an hour apart a person is needed, and calls stop', async () => {
    await minute();
    simulator.scenarios.add({ kind: 'expired_token', on: { edge: 'user.media' } });
    expect((await invoke(startSync, '/sync')).status).toBe(502);
    simulator.scenarios.clear();
    revoke();
    await minute();
    expect(await vitals.read()).toMatchObject({ DeadTokens: 1 });
    expect((await get()).status).toBe('active');
    await letPass(16 * MINUTE_MS);
    await minute();
    expect(await get()).toMatchObject({ status: 'needs_login', token: { state: 'dead' } });
    simulator.calls.clear();
    await live(5);
    expect(simulator.calls.count({})).toBe(0);
  });

  test('a token that is refused for a moment only needs nobody', async () => {
    await minute();
    simulator.scenarios.add({ kind: 'expired_token', on: { edge: 'user.media' }, times: 1 });
    expect((await invoke(startSync, '/sync')).status).toBe(502);
    await minute();
    expect(await get()).toMatchObject({ status: 'active', token: { state: 'alive' } });
    expect(await vitals.read()).toMatchObject({ DeadTokens: 0 });
  });

  test('a dead token is replaced when the account is connected again, and its work goes on', async () => {
    await minute();
    const revoked = revoke();
    expect((await invoke(startSync, '/sync')).status).toBe(502);
    for (let turns = 0; turns < 3; turns += 1) {
      await minute();
      await letPass(16 * MINUTE_MS);
    }
    expect((await get()).status).toBe('needs_login');
    revoked.remove();
    const { value } = tokens.grant({ login: 'instagram', accountId: account.instagram_id, issued_at: nowSeconds() });
    await connect({ token: value, login: 'instagram' });
    expect(await get()).toMatchObject({ status: 'active', token: { state: 'alive' } });
    await pool.query(sql.unsafe`UPDATE accounts SET sync_interval_minutes = 60`);
    await minute();
    expect((await get()).sync.last_succeeded_at).not.toBeNull();
    await pool.query(sql.unsafe`UPDATE accounts SET sync_interval_minutes = 0`);
  });
});

test('a token of Instagram Login that is not refreshed is told of two weeks, one week and three days before its end', async () => {
  simulator.scenarios.add({ kind: 'error', code: 24, on: onRefresh });
  const told = async () => {
    const { FadingTokens, DyingTokens, EndingTokens } = await vitals.read();
    return [FadingTokens, DyingTokens, EndingTokens];
  };
  await live(45, { stepDays: 5 });
  expect(await told()).toEqual([0, 0, 0]);
  await live(2);
  expect(await told()).toEqual([1, 0, 0]);
  await live(7);
  expect(await told()).toEqual([1, 1, 0]);
  await live(4);
  expect(await told()).toEqual([1, 1, 1]);
});
