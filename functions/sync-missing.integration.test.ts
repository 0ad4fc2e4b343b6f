/** Nothing is believed gone because it was not seen. */

import { beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { z } from 'zod';
import { noUsage } from '../lib/accounts/usage.ts';
import { onlyAccount } from '../lib/database/account-scope.ts';
import { createInstagramClient } from '../lib/instagram/client.ts';
import { createMissingPhase } from '../lib/sync/missing-phase.ts';
import { createSyncRunRepository } from '../lib/sync/repository.ts';
import { invoke } from '../lib/testing/invoke.ts';
import { startService } from '../lib/testing/service.ts';
import { createTurn } from '../lib/wake-ups/turn.ts';

const { pool, simulator, account, letPass } = await startService({ simulator: { media: 100 } });
const { handler: startSync } = await import('./start-sync.ts');

const listed = () => simulator.world.listed(account.instagram_id);
const goneIds = () =>
  pool.anyFirst(
    sql.type(z.strictObject({ instagram_id: z.string() }))`SELECT instagram_id FROM posts WHERE gone_at IS NOT NULL`,
  );
const countPosts = () => pool.oneFirst(sql.type(z.strictObject({ count: z.int() }))`SELECT count(*) FROM posts`);
const sync = async (body = {}) => (await invoke(startSync, '/sync', { body })).body;
const ids = (from: number, to: number) =>
  listed()
    .slice(from, to)
    .map(({ id }) => id);

beforeEach(async () => {
  await pool.query(sql.unsafe`TRUNCATE posts, sync_runs, usage CASCADE`);
  simulator.reset();
});

test('a missing post that Instagram denies by id is marked gone, and is back when it is seen again', async () => {
  await sync();
  const [id = ''] = ids(5, 6);
  const vanished = simulator.scenarios.add({ kind: 'vanished_media', ids: [id] });
  expect(await sync()).toMatchObject({ status: 'succeeded', gone: 1, unchanged: 99, warnings: [] });
  expect(await goneIds()).toEqual([id]);
  expect(await sync()).toMatchObject({ gone: 0 }); // once
  vanished.remove();
  expect(await sync()).toMatchObject({ gone: 0, updated: 1, unchanged: 99 });
  expect(await goneIds()).toEqual([]);
});

test('when what an app may read has expired, nothing is found missing: Facebook Login then shows less than there is', async () => {
  await sync();
  const [id = ''] = ids(5, 6);
  simulator.scenarios.add({ kind: 'vanished_media', ids: [id] });
  await pool.query(sql.unsafe`UPDATE accounts SET data_access_expires_at = service_now() + interval '1 hour'`);
  await letPass(2 * 3_600_000);
  expect(await sync()).toMatchObject({ status: 'succeeded', gone: 0, warnings: ['missing_unconfirmed'] });
  await pool.query(sql.unsafe`UPDATE accounts SET data_access_expires_at = NULL`);
  expect(await sync()).toMatchObject({ gone: 1 });
});

test('a post that a listing only leaves out stays', async () => {
  await sync();
  simulator.scenarios.add({ kind: 'empty_list', on: { edge: 'user.media' } });
  expect(await sync()).toMatchObject({
    status: 'succeeded',
    gone: 0,
    warnings: expect.arrayContaining(['shrink_guard']),
  });
  simulator.scenarios.clear();
  const [medium] = listed();
  simulator.world.editMedia(medium?.id ?? '', { withheld: true }); // listed no more, but still to be read by id
  expect(await sync()).toMatchObject({ gone: 0 });
  expect(await goneIds()).toEqual([]);
});

test('nothing is marked gone while Instagram answers 100/33 for objects that exist', async () => {
  await sync();
  simulator.world.removeMedia(ids(3, 4));
  simulator.scenarios.add({ kind: 'outage' });
  expect(await sync()).toMatchObject({ status: 'succeeded', gone: 0, warnings: ['missing_unconfirmed'] });
  simulator.scenarios.clear();
  expect(await sync()).toMatchObject({ gone: 1 });
});

test.each([10, 12, 2])(
  'a post that neither can be read nor is denied (%i) does not stop the triage of others',
  async (code) => {
    await sync();
    const [odd = '', ...gone] = ids(3, 6);
    simulator.world.removeMedia([odd, ...gone]);
    simulator.scenarios.add({ kind: 'error', code, on: { path: `/${odd}` } });
    expect(await sync()).toMatchObject({ status: 'succeeded', gone: 2, warnings: ['missing_unconfirmed'] });
    expect([...(await goneIds())].sort()).toEqual([...gone].sort());
    simulator.scenarios.clear();
    expect(await sync()).toMatchObject({ gone: 1, warnings: [] });
  },
);

test('with little of the rate limit left, missing posts are triaged later, and none of them twice', async () => {
  await sync();
  const removed = ids(3, 6);
  simulator.world.removeMedia(removed);
  simulator.scenarios.add({ kind: 'usage', business: 93, on: { edge: 'media' } });
  const run = await sync();
  expect(run).toMatchObject({ status: 'waiting', gone: 1 });
  simulator.scenarios.clear();
  await letPass(3_600_000);
  expect(await sync()).toMatchObject({ id: run.id, status: 'succeeded', gone: 3 });
  expect(simulator.calls.count({ edge: 'media' })).toBe(removed.length); // a neighbour for each
});

describe('more missing than is plausible', () => {
  test('when too many are missing, none is marked until a person accepts it, and then only what is denied by id', async () => {
    await sync();
    const removed = ids(0, 30);
    simulator.world.removeMedia(removed);
    expect(await sync()).toMatchObject({ status: 'succeeded', gone: 0, warnings: ['shrink_guard'] });
    expect(await goneIds()).toEqual([]);
    expect(await sync({ accept_missing: true })).toMatchObject({ gone: 30 });
    expect([...(await goneIds())].sort()).toEqual([...removed].sort());
  });

  test('missing posts that are accepted just when they are held back are triaged', async () => {
    await sync();
    const runs = createSyncRunRepository(pool);
    const wanted = { account_id: account.id, mode: 'full', include: [], accept_missing: false } as const;
    const run = await runs.takeLease(await runs.start(wanted), 60);
    if (run === null) throw new Error('the lease is free');
    await runs.start({ ...wanted, accept_missing: true });

    const now = () => performance.now();
    const turn = createTurn({
      database: pool,
      rowsOf: createSyncRunRepository,
      refuse: () => undefined,
      lease: run,
      deadline: now() + 10_000,
      leaseSeconds: 60,
      now,
    });
    const { tokens, graphUrls } = simulator;
    const client = createInstagramClient({
      login: 'instagram',
      graphUrl: graphUrls.instagram,
      version: 'v25.0',
      token: tokens.instagram,
    });
    const free = { throttled_seconds: 0, blocked_seconds: 0, block: null };
    const missing = createMissingPhase({ database: pool, now, sleep: async () => undefined });
    await missing(turn, run, { account, client, usage: noUsage(), standing: free }); // as it was read before it was joined
    expect(await runs.find(onlyAccount(account.id), run.id)).toMatchObject({
      accept_missing: true,
      done: [],
      warnings: [],
    });
  });

  test('missing posts that are accepted while the run does its next phase are triaged', async () => {
    await sync();
    simulator.world.removeMedia(ids(0, 30));
    const insights = simulator.scenarios.add({ kind: 'throttle', on: { edge: 'media.insights' } });
    const held = await sync({ include: ['insights'] });
    expect(held).toMatchObject({ status: 'waiting', gone: 0, warnings: ['shrink_guard'] });
    insights.remove();
    await letPass(3_600_000);
    const accepted = await sync({ accept_missing: true });
    expect(accepted).toMatchObject({ id: held.id, status: 'succeeded', gone: 30, warnings: [] });
  });

  test('one acceptance is enough after a large clean-up', async () => {
    simulator.world.setMediaCount(120);
    await sync();
    simulator.world.removeMedia(ids(0, 70));
    expect(await sync({ accept_missing: true })).toMatchObject({ gone: 70 });
  }, 20_000);

  test('posts gone within a week are counted together against the guard', async () => {
    await sync();
    simulator.world.removeMedia(ids(0, 15));
    expect(await sync()).toMatchObject({ gone: 15 });
    simulator.world.removeMedia(ids(0, 10));
    expect(await sync()).toMatchObject({ gone: 0, warnings: ['shrink_guard'] });
  });
});

test('an incomplete run marks nothing gone', async () => {
  simulator.world.setMediaCount(300);
  await sync();
  simulator.world.removeMedia(ids(0, 2));
  simulator.scenarios.add({ kind: 'malformed_item', index: null, on: { edge: 'user.media' }, after: 2 });
  await sync();
  expect(await goneIds()).toEqual([]);
});

test('beyond the 10,000 media that Instagram lists, older posts are kept and never marked', async () => {
  simulator.world.setMediaCount(9_990);
  expect(await sync()).toMatchObject({ status: 'succeeded', created: 9_990, warnings: [] });
  const oldest = ids(9_900, 9_990);
  simulator.world.addMedia(Array.from({ length: 100 }, () => ({})));
  const run = await sync();
  expect(run).toMatchObject({ status: 'succeeded', created: 100, gone: 0, warnings: [] });
  expect(await countPosts()).toBe(10_090);
  expect(listed()).toHaveLength(10_000);
  expect(listed().map(({ id }) => id)).not.toEqual(expect.arrayContaining(oldest));
  expect(await goneIds()).toEqual([]);
}, 60_000);

test('a run warns when the account states another number of media than it lists', async () => {
  simulator.scenarios.add({ kind: 'count_mismatch' });
  expect(await sync()).toMatchObject({ status: 'succeeded', warnings: ['count_mismatch'] });
});
