/** What is done for accounts by itself: nobody asks for anything here but the tick. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { z } from 'zod';
import { invoke } from '../lib/testing/invoke.ts';
import { createLives } from '../lib/testing/lives.ts';
import { startService } from '../lib/testing/service.ts';

const service = await startService({ simulator: { media: 120 } });
const { pool, simulator, account, takeMessages, deliver, letPass } = service;
const { handler: tick } = await import('./tick.ts');
const { handler: taskWorker } = await import('./run-account-task.consumer.ts');
const { handler: syncWorker } = await import('./sync-posts.consumer.ts');
const { handler: startSync } = await import('./start-sync.ts');
const { handler: updateAccount } = await import('./update-account.ts');
const { handler: deleteAccount } = await import('./delete-account.ts');
const { handler: getAccount } = await import('./get-account.ts');

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const path = `/accounts/${account.id}`;

const runSchema = z.strictObject({ mode: z.string(), status: z.string(), include: z.array(z.string()) });
const runs = () =>
  pool.any(sql.type(runSchema)`
    SELECT CASE WHEN recent_since IS NULL THEN mode ELSE 'recent' END AS mode, status, include FROM sync_runs ORDER BY id
  `);
const countRuns = async () => (await runs()).length;
const taskSchema = z.strictObject({ task: z.string(), minutes: z.int() });
/** The tasks, and in how many minutes each is due. */
const tasks = async () =>
  Object.fromEntries(
    (
      await pool.any(sql.type(taskSchema)`
        SELECT task, round(extract(epoch FROM due_at - service_now()) / 60)::int8 AS minutes
        FROM account_tasks WHERE account_id = ${account.id}
      `)
    ).map(({ task, minutes }) => [task, minutes]),
  );
const taskId = (task: string) =>
  pool.oneFirst(sql.type(z.strictObject({ id: z.int() }))`
    SELECT id FROM account_tasks WHERE account_id = ${account.id} AND task = ${task}
  `);
const countPosts = () => pool.oneFirst(sql.type(z.strictObject({ count: z.int() }))`SELECT count(*) FROM posts`);
const patch = (body: object) => invoke(updateAccount, path, { method: 'PATCH', body });
const get = async () => (await invoke(getAccount, path)).body;

/** So much time passes, with a tick now and then. */
const { minute, pass } = createLives(service, { tick, taskWorker, syncWorker });
const live = (hours: number, { stepMinutes = 20 } = {}) => pass(hours * HOUR_MS, stepMinutes * MINUTE_MS);

/** How often the account is looked at in so many hours. */
const looksIn = async (hours: number, steps: { stepMinutes: number }) => {
  const before = await countLooks();
  await live(hours, steps);
  return (await countLooks()) - before;
};
const countLooks = async () => (await runs()).filter(({ mode }) => mode === 'incremental').length;

beforeEach(async () => {
  await pool.query(sql.unsafe`TRUNCATE posts, sync_runs, usage, account_tasks CASCADE`);
  await pool.query(sql.unsafe`DELETE FROM accounts WHERE id <> ${account.id}`);
  await pool.query(sql.unsafe`
    UPDATE accounts SET status = 'active', token_state = 'alive', sync_interval_minutes = 60, sync_include = '{}'
  `);
  simulator.reset();
});

test('an account that was just connected is synced within a minute, and says when it is synced next', async () => {
  expect((await get()).sync.next_at).toBeNull();
  await minute();
  expect(await runs()).toEqual([{ mode: 'incremental', status: 'succeeded', include: [] }]);
  expect(await countPosts()).toBe(simulator.world.listed(account.instagram_id).length);
  const { sync } = await get();
  expect(Date.parse(sync.next_at ?? '')).toBeGreaterThan(Date.now() + 50 * MINUTE_MS);
  expect(sync.last_succeeded_at).not.toBeNull();
  // Its stories were asked for, too, and its figures of yesterday are stored.
  expect(simulator.calls.count({ edge: 'user.stories' })).toBe(1);
  expect((await get()).followers_count).toEqual(expect.any(Number));
});

test('in a week nobody asks for anything: new posts appear, each post of 30 days is read daily, deletions are found', async () => {
  await patch({ sync: { include: ['comments'] } });
  await minute();
  simulator.world.addMedia([{ caption: 'from the second day' }]);
  await live(8 * 24, { stepMinutes: 120 });
  const modes = (await runs()).map(({ mode }) => mode);
  const times = (wanted: string) => modes.filter((mode) => mode === wanted).length;
  expect(await countPosts()).toBe(simulator.world.listed(account.instagram_id).length);
  expect(times('recent')).toBeGreaterThanOrEqual(7);
  expect(times('recent')).toBeLessThanOrEqual(9);
  expect(times('full')).toBeGreaterThanOrEqual(1);
  expect(times('full')).toBeLessThanOrEqual(2);
  expect(modes.length).toBeGreaterThanOrEqual((8 * 24) / 7); // it does not post often: every six hours at least
  expect((await runs()).every(({ status, include }) => status === 'succeeded' && include.includes('comments'))).toBe(
    true,
  );
});

test('an account that posts often is looked at each hour, one that does not every six hours', async () => {
  simulator.world.addMedia(
    Array.from({ length: 12 }, (_, n) => ({ timestamp: Math.floor(Date.now() / 1_000) - n * 3_600 })),
  );
  await minute();
  expect(await looksIn(6, { stepMinutes: 9 })).toBeGreaterThanOrEqual(4);
  simulator.reset();
  await pool.query(sql.unsafe`DELETE FROM posts WHERE posted_at > service_now() - interval '20 days'`);
  const rarely = await looksIn(24, { stepMinutes: 60 });
  expect(rarely).toBeGreaterThanOrEqual(3);
  expect(rarely).toBeLessThanOrEqual(5);
});

test('a run that somebody has asked for counts as the next look', async () => {
  await minute();
  await letPass(50 * MINUTE_MS);
  await invoke(startSync, '/sync', { body: { mode: 'incremental' } });
  const before = await countRuns();
  await live(0.5, { stepMinutes: 10 });
  expect(await countRuns()).toBe(before);
});

test('a task makes the run under way larger, and starts no second one', async () => {
  await minute();
  await invoke(startSync, '/sync', { body: { mode: 'incremental' }, headers: { prefer: 'respond-async' } });
  takeMessages('sync');
  const before = await countRuns();
  await letPass(7 * 24 * HOUR_MS);
  await deliver(taskWorker, [{ account_id: account.id, account_task_id: await taskId('sync_full') }]);
  expect(await countRuns()).toBe(before);
  expect((await runs()).at(-1)).toMatchObject({ mode: 'full' });
});

test('a task that is woken twice, or before it is due, is done once', async () => {
  await tick();
  const messages = takeMessages('accounts');
  await Promise.all([deliver(taskWorker, messages), deliver(taskWorker, messages)]);
  await deliver(taskWorker, messages);
  expect(await countRuns()).toBe(1);
});

test('a worker that dies in a task is followed by another', async () => {
  await tick();
  takeMessages('accounts');
  await pool.query(sql.unsafe`
    UPDATE account_tasks SET lease_epoch = 1, lease_until = service_now() + interval '1 minute', resumes_at = NULL,
      next_wake_at = service_now() + interval '62 seconds' WHERE task = 'sync_hot'
  `);
  await minute();
  expect(await countRuns()).toBe(0);
  await letPass(2 * MINUTE_MS);
  await minute();
  expect(await countRuns()).toBe(1);
});

describe('whose accounts rest', () => {
  test('a paused account has no tasks, and goes on with them when it is active again', async () => {
    await minute();
    await patch({ status: 'paused' });
    await live(48, { stepMinutes: 240 });
    expect(await countRuns()).toBe(1);
    expect((await get()).sync.next_at).toBeNull();
    await patch({ status: 'active' });
    await live(2);
    expect(await countRuns()).toBeGreaterThan(1);
  });

  test('an account with the interval 0 is synced on request only', async () => {
    await patch({ sync: { interval_minutes: 0 } });
    await live(48, { stepMinutes: 240 });
    expect(await countRuns()).toBe(0);
    expect((await invoke(startSync, '/sync')).status).toBe(200);
  });

  test('a disconnected account has no tasks', async () => {
    await minute();
    await invoke(deleteAccount, path, { method: 'DELETE' });
    await minute();
    expect(await tasks()).toEqual({});
    await pool.query(sql.unsafe`UPDATE accounts SET status = 'active'`);
  });

  test('a shorter interval holds from the next minute on', async () => {
    await minute();
    await patch({ sync: { interval_minutes: 5 } });
    await minute();
    expect((await tasks()).sync_hot).toBeLessThanOrEqual(5);
  });
});

describe('many accounts', () => {
  const ACCOUNTS = 600;
  const givenAccounts = async () => {
    await pool.query(sql.unsafe`
      INSERT INTO accounts (instagram_id, login, token_ciphertext, token_key_id, token_cipher_version)
      SELECT 'many-' || n, 'instagram', '', '', 1 FROM generate_series(1, ${ACCOUNTS}::int) AS n
    `);
    await pool.query(sql.unsafe`
      INSERT INTO sync_runs (account_id, id, mode, status, finished_at)
      SELECT id, next_row_id(id), 'full', 'succeeded', service_now() FROM accounts WHERE instagram_id LIKE 'many-%'
    `);
  };
  /** Of the next hour's ten minutes each: how many accounts are looked at then. */
  const perTenMinutes = async () =>
    (
      await pool.anyFirst(sql.type(z.strictObject({ count: z.int() }))`
        SELECT count(account_tasks.id) FROM generate_series(0, 5) AS n LEFT JOIN account_tasks ON task = 'sync_hot'
          AND next_wake_at >= service_now() + n * interval '10 minutes'
          AND next_wake_at < service_now() + (n + 1) * interval '10 minutes'
        GROUP BY n ORDER BY n
      `)
    ).map(Number);
  const isShare = (count: number) => count > 60 && count < 140; // a sixth, give or take what chance does

  test('the tasks of many accounts are spread over their interval, and come back flat after an outage of a day', async () => {
    await givenAccounts();
    await tick();
    takeMessages('accounts');
    expect((await perTenMinutes()).every(isShare)).toBe(true);
    await letPass(24 * HOUR_MS);
    await tick();
    expect(takeMessages('accounts').length).toBeLessThan(60);
    expect((await perTenMinutes()).every(isShare)).toBe(true);
  });
});
