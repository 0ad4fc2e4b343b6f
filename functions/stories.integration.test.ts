/** Stories are mirrored while they are up, and measured before nobody can any more. */
import { beforeEach, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { z } from 'zod';
import { invoke } from '../lib/testing/invoke.ts';
import { createLives } from '../lib/testing/lives.ts';
import { startService } from '../lib/testing/service.ts';

const service = await startService({ simulator: { media: 30 } });
const { pool, simulator, account } = service;
const { handler: tick } = await import('./tick.ts');
const { handler: taskWorker } = await import('./run-account-task.consumer.ts');
const { handler: syncWorker } = await import('./sync-posts.consumer.ts');
const { handler: startSync } = await import('./start-sync.ts');
const { handler: listPosts } = await import('./list-posts.ts');
const { handler: getPost } = await import('./get-post.ts');

const MINUTE_MS = 60_000;
const onStories = { edge: 'user.stories' } as const;
const onInsights = { edge: 'media.insights' } as const;

const { minute, pass } = createLives(service, { tick, taskWorker, syncWorker });
const live = (hours: number, { stepMinutes = 10 } = {}) => pass(hours * 60 * MINUTE_MS, stepMinutes * MINUTE_MS);
/** Publishes a story now, and gives its id at Instagram. */
const publish = () => {
  const [story] = simulator.world.addMedia([{ media_product_type: 'STORY', media_type: 'IMAGE', like_count: 40 }]);
  if (story === undefined) throw new Error('it was not added');
  return story.id;
};
const stories = async (query = '') =>
  (await invoke(listPosts, `/posts?limit=100&${query}`)).body.results.filter(
    ({ media_product_type }) => media_product_type === 'STORY',
  );
const snapshots = (instagramId: string) =>
  pool.anyFirst(sql.type(z.strictObject({ hours: z.int() }))`
    SELECT round(extract(epoch FROM captured_at - posted_at) / 3600)::int8 AS hours
    FROM insights JOIN posts USING (account_id, instagram_id) WHERE instagram_id = ${instagramId} ORDER BY captured_at
  `);

beforeEach(async () => {
  await pool.query(sql.unsafe`TRUNCATE posts, sync_runs, usage, account_tasks, insights CASCADE`);
  simulator.reset();
});

test('a story is mirrored an hour later at most, its figures are read at four ages, and it is gone when it is over', async () => {
  await minute();
  const id = publish();
  await live(1.2);
  const [story] = await stories();
  expect(story).toMatchObject({ instagram_id: id, gone_at: null });
  await live(22);
  expect(await stories()).toHaveLength(1);
  expect(await snapshots(id)).toEqual([1, 6, 12, 23]);
  await live(2);
  expect(await stories()).toEqual([]);
  const { body } = await invoke(getPost, `/posts/${story?.id}`);
  expect(body.gone_at).toBe(body.expires_at);
});

test('a story that was taken down is gone once Instagram denies it by id', async () => {
  const id = publish();
  await live(3);
  expect(await stories()).toHaveLength(1);
  simulator.world.removeMedia([id]);
  await live(2);
  expect(await stories()).toEqual([]);
  const [story] = await stories('include_gone=true');
  expect(Date.parse(story?.gone_at ?? '')).toBeLessThan(Date.parse(story?.expires_at ?? ''));
});

test('a story that a list only leaves out stays', async () => {
  publish();
  await live(3);
  simulator.scenarios.add({ kind: 'empty_list', on: onStories });
  await live(3);
  expect(await stories()).toHaveLength(1);
});

test('a story whose figures are refused is mirrored all the same', async () => {
  simulator.scenarios.add({ kind: 'error', code: 10, on: onInsights });
  const id = publish();
  await live(3);
  expect(await stories()).toMatchObject([{ instagram_id: id }]);
  expect(await snapshots(id)).toEqual([]);
});

test('a story that a full sync does not list is not found missing by it', async () => {
  publish();
  await live(3);
  expect((await invoke(startSync, '/sync')).body).toMatchObject({ status: 'succeeded', gone: 0, warnings: [] });
  expect(await stories()).toHaveLength(1);
});

test('while Instagram limits the calls, no task asks for anything', async () => {
  publish();
  await minute();
  await pool.query(sql.unsafe`
    INSERT INTO usage (account_id, percent, throttled_until) VALUES (${account.id}, 100, service_now() + interval '5 hours')
    ON CONFLICT (account_id) DO UPDATE SET throttled_until = excluded.throttled_until
  `);
  simulator.calls.clear();
  await live(4);
  expect(simulator.calls.count({})).toBe(0);
  await live(3);
  expect(await stories()).toHaveLength(1);
});
