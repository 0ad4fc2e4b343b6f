/** Runs that read the newest posts again: the last 30 days, or up to the first page whose posts are as they were. */
import { beforeEach, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { invoke } from '../lib/testing/invoke.ts';
import { startService } from '../lib/testing/service.ts';

const { pool, simulator, account } = await startService({ simulator: { media: 0 } });
const { handler: startSync } = await import('./start-sync.ts');
const { handler: listPosts } = await import('./list-posts.ts');

const HOUR_MS = 3_600_000;
const sync = async (mode: string) => (await invoke(startSync, '/sync', { body: { mode } })).body;
const pageCalls = () => simulator.calls.count({ edge: 'user.media' });
const listed = () => simulator.world.listed(account.instagram_id);
/** Four posts a day, newest first: the pages of 100 end 25, 50, 75 and 87 days ago. */
const post = (count: number) =>
  simulator.world.addMedia(
    Array.from({ length: count }, (_, n) => ({
      caption: `tide ${n}`,
      timestamp: Math.floor((Date.now() - n * 6 * HOUR_MS) / 1_000),
    })),
  );

beforeEach(async () => {
  await pool.query(sql.unsafe`TRUNCATE posts, sync_runs, usage CASCADE`);
  simulator.reset();
  post(350);
  simulator.calls.clear();
});

test('a recent run reads the posts of the last 30 days again, and no more pages than that takes', async () => {
  await sync('full');
  const edited = listed().at(110); // 27 days old, on a page that an incremental run does not reach
  simulator.world.editMedia(edited?.id ?? '', { caption: 'high tide' });
  simulator.calls.clear();
  expect(await sync('incremental')).toMatchObject({ mode: 'incremental', updated: 0 });
  expect(pageCalls()).toBe(1);
  simulator.calls.clear();
  expect(await sync('recent')).toMatchObject({ mode: 'recent', status: 'succeeded', updated: 1, warnings: [] });
  expect(pageCalls()).toBe(3);
  expect((await invoke(listPosts, '/posts?q=high%20tide')).body.results).toHaveLength(1);
});

test('after a recent run an incremental one still ends at its first page', async () => {
  await sync('full');
  await sync('recent');
  simulator.calls.clear();
  expect(await sync('incremental')).toMatchObject({ status: 'succeeded', unchanged: 100 });
  expect(pageCalls()).toBe(1);
});

test('a recent run on a mirror that has a gap hides it from no incremental run', async () => {
  await sync('recent');
  const { body } = await invoke(startSync, '/sync', { body: { mode: 'incremental' } });
  expect(body).toMatchObject({ status: 'succeeded', created: 50, unchanged: 300 });
});

test('an incremental run ends at a page of which only the counts have moved', async () => {
  await sync('full');
  const [first] = listed();
  simulator.world.editMedia(first?.id ?? '', { like_count: 4_711 });
  simulator.calls.clear();
  expect(await sync('incremental')).toMatchObject({ updated: 1, unchanged: 99 });
  expect(pageCalls()).toBe(1);
});

test('an incremental run goes on behind a page of which a caption has changed', async () => {
  await sync('full');
  const [first] = listed();
  simulator.world.editMedia(first?.id ?? '', { caption: 'low tide' });
  simulator.calls.clear();
  expect(await sync('incremental')).toMatchObject({ updated: 1, unchanged: 199 });
  expect(pageCalls()).toBe(2);
});

test('an incremental run under way becomes a recent one when a request asks for that', async () => {
  await sync('full');
  simulator.setLatency(100);
  const [incremental, recent] = await Promise.all([
    sync('incremental'),
    simulator.calls.next({ edge: 'user.media' }).then(() => sync('recent')),
  ]);
  expect(recent).toMatchObject({ id: incremental.id, mode: 'recent', status: 'succeeded' });
  expect(pageCalls()).toBeGreaterThanOrEqual(3);
});
