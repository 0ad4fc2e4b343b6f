import { beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { z } from 'zod';
import { invoke } from '../lib/testing/invoke.ts';
import { captureLogs } from '../lib/testing/logs.ts';
import { moveClock } from '../lib/testing/move-clock.ts';
import { startService } from '../lib/testing/service.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.now();
const ago = (ms: number) => new Date(NOW - ms).toISOString().replace(/\.\d{3}Z$/, 'Z');

const { pool, simulator, takeMessages, deliver } = await startService({
  simulator: { media: [] },
  environment: { LEASE_SECONDS: '1' },
});
const { handler: startSync } = await import('./start-sync.ts');
const { handler: worker } = await import('./sync-posts.consumer.ts');
const { handler: listPosts } = await import('./list-posts.ts');
const { handler: getPost } = await import('./get-post.ts');
const { handler: postInsights } = await import('./get-post-insights.ts');
const ACCOUNT = simulator.world.account().id;

/** Ten posts of three kinds, one of them too old for figures. */
const MEDIA = [
  ...Array.from({ length: 6 }, (_, index) => ({
    id: `1790000000000000${index}`,
    media_type: 'IMAGE',
    timestamp: ago((index + 1) * DAY),
  })),
  { id: '17900000000000006', media_type: 'VIDEO', media_product_type: 'REELS', timestamp: ago(8 * DAY) },
  { id: '17900000000000007', media_type: 'VIDEO', media_product_type: 'REELS', timestamp: ago(40 * DAY) },
  { id: '17900000000000008', media_type: 'CAROUSEL_ALBUM', timestamp: ago(41 * DAY) },
  { id: '17900000000000009', media_type: 'IMAGE', timestamp: ago(3 * 365 * DAY) },
];

beforeEach(async () => {
  await pool.query(sql.unsafe`TRUNCATE posts, sync_runs, insights, metric_verdicts, usage CASCADE`);
  simulator.world.setMediaCount(0);
  simulator.world.addMedia(MEDIA);
  simulator.calls.clear();
  await moveClock(pool, '0');
});

const sync = (body: object = {}) => invoke(startSync, '/sync', { body: { include: ['insights'], ...body } });
const captured = () =>
  pool.any(
    sql.type(
      z.strictObject({
        instagram_id: z.string(),
        metrics: z.record(z.string(), z.number()),
        unavailable: z.array(z.object({ metric: z.string(), reason: z.string() })),
      }),
    )`SELECT instagram_id, metrics, unavailable FROM insights ORDER BY instagram_id, captured_at`,
  );
const insightsCalls = () => simulator.calls.count({ edge: 'media.insights' });

test('a sync stores the figures of every post that has some, in one call each', async () => {
  const { status, body } = await sync();
  expect(status).toBe(200);
  expect(body).toMatchObject({ status: 'succeeded', created: 10, warnings: [] });
  const rows = await captured();
  expect(rows.map(({ instagram_id }) => instagram_id)).toEqual(MEDIA.slice(0, 9).map(({ id }) => id));
  expect(rows.every(({ metrics }) => (metrics.views ?? 0) > 0)).toBe(true);
  expect(insightsCalls()).toBe(9);
});

test('a sync says how far it is with the posts, every hundred and at the end', async () => {
  simulator.world.addMedia(
    Array.from({ length: 120 }, (_, index) => ({ media_type: 'IMAGE', timestamp: ago(10 * DAY + index * HOUR) })),
  );
  const logs = captureLogs();
  await sync();
  const told = logs().filter(({ event }) => event === 'posts_visited');
  expect(told).toMatchObject([
    { what: 'insights', posts: 100 },
    { what: 'insights', posts: 29 },
  ]);
});

test('a sync without insights included does not ask for figures', async () => {
  await sync({ include: [] });
  expect(insightsCalls()).toBe(0);
});

test('the next sync asks only for due figures: those of new posts sooner than those of old ones', async () => {
  await sync();
  await sync();
  expect(insightsCalls()).toBe(9);

  await pool.query(sql.unsafe`UPDATE insights SET captured_at = captured_at - interval '2 hours'`);
  await sync();
  expect(insightsCalls()).toBe(9 + 6); // those of the last week

  await pool.query(sql.unsafe`UPDATE insights SET captured_at = captured_at - interval '2 days'`);
  await sync();
  expect(insightsCalls()).toBe(9 + 6 + 7); // and of the last month

  await pool.query(sql.unsafe`UPDATE insights SET captured_at = captured_at - interval '8 days'`);
  await sync();
  expect(insightsCalls()).toBe(9 + 6 + 7 + 9);
});

test('figures that a person asked for by name do not count as captured', async () => {
  await sync({ include: [] });
  const id = await pool.oneFirst(sql.type(z.strictObject({ id: z.number() }))`
    SELECT id FROM posts WHERE instagram_id = '17900000000000000'
  `);
  expect((await invoke(postInsights, `/posts/${id}/insights?metric=views`)).status).toBe(200);
  await sync();
  expect((await captured()).filter(({ instagram_id }) => instagram_id === '17900000000000000')).toHaveLength(2);
});

test('a retired metric is searched for once per kind, and then asked of one more post', async () => {
  simulator.scenarios.add({ kind: 'refuse_metric', metric: 'reach' });
  expect((await sync()).body).toMatchObject({ status: 'succeeded' });
  const rows = await captured();
  expect(rows).toHaveLength(9);
  for (const { metrics, unavailable } of rows) {
    expect(metrics).not.toHaveProperty('reach');
    expect(metrics).toHaveProperty('views');
    expect(unavailable).toContainEqual({ metric: 'reach', reason: 'refused' });
  }
  // Of each kind (images, an album, reels) the first is searched, the second asked for that metric apart.
  const search = 2 * Math.log2(11) + 1;
  expect(insightsCalls()).toBeLessThanOrEqual(9 + 3 * search + 2 * 2);
  simulator.calls.clear();
  await moveClock(pool, '2 hours');
  await sync();
  expect(insightsCalls()).toBe(6);
});

describe('a metric that Instagram refuses', () => {
  const refuseMetric = (metric: string, ...indices: readonly number[]) => {
    for (const index of indices) {
      simulator.scenarios.add({ kind: 'refuse_metric', metric, on: { path: `/1790000000000000${index}/insights` } });
    }
  };
  /** Which posts lack the metric in what was captured last. */
  const without = async (metric: string) => {
    const last = new Map((await captured()).map((row) => [row.instagram_id, row]));
    return [...last.values()]
      .filter(({ metrics }) => !Object.hasOwn(metrics, metric))
      .map(({ instagram_id }) => Number(instagram_id.slice(-1)));
  };

  test.each([
    ['the oldest image', [5]],
    ['the newest image', [0]],
    ['one in the middle', [3]],
    ['two of six', [4, 5]],
  ])('a metric that Instagram refuses for %s is still asked of the others', async (_, indices) => {
    refuseMetric('views', ...indices);
    expect((await sync()).body).toMatchObject({ status: 'succeeded', warnings: [] });
    expect(await without('views')).toEqual(indices);
    simulator.calls.clear();
    await moveClock(pool, '2 hours');
    await sync();
    expect(await without('views')).toEqual(indices);
    expect(insightsCalls()).toBe(6); // what was refused of a post is not searched for again
  });

  test('a metric that Instagram refuses for images is still asked of albums', async () => {
    simulator.world.addMedia([{ id: '17900000000000019', media_type: 'CAROUSEL_ALBUM', timestamp: ago(9 * DAY) }]);
    refuseMetric('follows', 0, 1, 2, 3, 4, 5);
    await sync();
    const albums = (await captured()).filter(({ instagram_id }) => /(08|19)$/.test(instagram_id));
    expect(albums.map(({ metrics }) => Object.hasOwn(metrics, 'follows'))).toEqual([true, true]);
    expect(await without('follows')).toEqual([0, 1, 2, 3, 4, 5, 6, 7]); // reels have none
  });

  test('a metric that was given once is given up when Instagram refuses it for that post too', async () => {
    await sync();
    refuseMetric('views', 0, 1, 2, 3, 4, 5);
    await moveClock(pool, '25 hours');
    simulator.calls.clear();
    await sync();
    expect(await without('views')).toEqual([0, 1, 2, 3, 4, 5]);
    const search = 2 * Math.log2(11) + 1;
    // Two searches and a control; what was given last is asked again by the rest.
    expect(insightsCalls()).toBeLessThanOrEqual(7 + 3 * search);
    simulator.calls.clear();
    await moveClock(pool, '27 hours');
    await sync();
    expect(insightsCalls()).toBe(5); // one is older than a week by now
  });

  test('a metric refused for the two newest posts is not asked of their kind for a day', async () => {
    refuseMetric('views', 0, 1);
    await sync();
    expect(await without('views')).toEqual([0, 1, 2, 3, 4, 5]);
    await moveClock(pool, '25 hours');
    await sync();
    expect(await without('views')).toEqual([0, 1]);
  });

  test('a refused metric is asked of its post again after a week', async () => {
    refuseMetric('views', 2);
    await sync();
    simulator.scenarios.clear();
    await moveClock(pool, '8 days');
    await sync();
    expect(await without('views')).toEqual([]);
  });
});

test('that Instagram has no figures is noted, for ever where it never will', async () => {
  simulator.scenarios.add({ kind: 'no_insights', why: 'before_business' });
  expect((await sync()).body).toMatchObject({ status: 'succeeded' });
  expect((await captured()).every(({ metrics }) => Object.keys(metrics).length === 0)).toBe(true);
  await pool.query(sql.unsafe`UPDATE insights SET captured_at = captured_at - interval '1 year'`);
  await sync();
  expect(insightsCalls()).toBe(9);
});

/** What is noted on the posts, by Instagram's id. */
const withheld = async () => {
  const { body } = await invoke(listPosts, '/posts?limit=100');
  return Object.fromEntries(
    body.results.flatMap((post) => (post.withheld.length > 0 ? [[post.instagram_id, post.withheld]] : [])),
  );
};
const refuse = (index: number, error: { code: number; subcode?: number }, times = Number.MAX_SAFE_INTEGER) =>
  simulator.scenarios.add({ kind: 'error', ...error, on: { path: `/1790000000000000${index}/insights` }, times });

describe('what Instagram refuses of one post', () => {
  test.each([
    ['for want of a permission', { code: 10 }],
    ['for want of another permission', { code: 200 }],
    ['as a bad parameter', { code: 100 }],
    ['as missing, although it reads', { code: 100, subcode: 33 }],
    ['as no longer supported', { code: 12 }],
    ['with a code that is unknown', { code: 4711 }],
    ['for ever as unavailable', { code: 2 }],
  ])('figures of one post refused %s do not stop the others', async (_, error) => {
    refuse(4, error);
    const { status, body } = await sync();
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'succeeded', warnings: ['insights_withheld'] });
    expect((await captured()).map(({ instagram_id }) => instagram_id)).toEqual(
      MEDIA.slice(0, 9).flatMap(({ id }, index) => (index === 4 ? [] : [id])),
    );
    const reason = { what: 'insights', code: 'instagram_error', detail: expect.any(String) };
    expect(await withheld()).toEqual({ '17900000000000004': [{ ...reason, retry_at: expect.any(String) }] });
  });

  test('a refusal of one post blames neither the token nor the app', async () => {
    refuse(4, { code: 10 });
    await sync();
    const [{ detail = '' } = {}] = (await withheld())['17900000000000004'] ?? [];
    expect(detail).toMatch(/for this post, although the account has the permission/);
    expect(detail).not.toMatch(/the app has not|token/i);
  });

  test('withheld figures are shown with their post', async () => {
    refuse(4, { code: 10 });
    await sync();
    const { body } = await invoke(listPosts, '/posts?limit=100');
    const post = body.results.find(({ instagram_id }) => instagram_id === '17900000000000004');
    expect((await invoke(getPost, `/posts/${post?.id}`)).body).toEqual(post);
    expect(post?.withheld).toHaveLength(1);
  });

  test.each([
    ['the newest posts', [0, 1, 2]],
    ['more than half of them', [0, 1, 2, 3, 4, 5]],
    ['the newest reels', [6]],
  ])('figures may be withheld of %s', async (_, indices) => {
    for (const index of indices) refuse(index, { code: 100 });
    expect((await sync()).body).toMatchObject({ status: 'succeeded', warnings: ['insights_withheld'] });
    expect(Object.keys(await withheld()).sort()).toEqual(indices.map((index) => `1790000000000000${index}`));
    expect(await captured()).toHaveLength(9 - indices.length);
  });

  test('withheld figures are asked for later and less and less often, and no longer noted once given', async () => {
    const refused = refuse(4, { code: 10 });
    const calls = () => simulator.calls.count({ path: '/17900000000000004/insights' });
    const retryAt = async () => {
      const [{ retry_at = '' } = {}] = (await withheld())['17900000000000004'] ?? [];
      return Date.parse(retry_at);
    };
    await sync();
    expect(calls()).toBe(1);
    const first = await retryAt();
    expect((await sync()).body).toMatchObject({ status: 'succeeded', warnings: ['insights_withheld'] });
    expect(calls()).toBe(1);

    await moveClock(pool, '31 minutes');
    await sync();
    expect(calls()).toBe(2);
    expect((await retryAt()) - first).toBeGreaterThan(2 * HOUR);
    await moveClock(pool, '62 minutes');
    await sync();
    expect(calls()).toBe(2);

    refused.remove();
    await moveClock(pool, '3 hours');
    expect((await sync()).body).toMatchObject({ status: 'succeeded', warnings: [] });
    expect(await withheld()).toEqual({});
    expect((await captured()).map(({ instagram_id }) => instagram_id)).toContain('17900000000000004');
  });

  test('withheld figures are no longer noted once a person’s request gets them', async () => {
    const refused = refuse(4, { code: 10 });
    await sync();
    refused.remove();
    const id = await pool.oneFirst(sql.type(z.strictObject({ id: z.number() }))`
      SELECT id FROM posts WHERE instagram_id = '17900000000000004'
    `);
    expect((await invoke(postInsights, `/posts/${id}/insights`)).status).toBe(200);
    expect(await withheld()).toEqual({});
  });

  test('figures that come at the second attempt are not withheld', async () => {
    refuse(4, { code: 2 }, 5);
    expect((await sync()).body).toMatchObject({ status: 'succeeded', warnings: [] });
    expect(await captured()).toHaveLength(9);
  });
});

test('when the only post of an account is refused, it is the post’s fault if the account can be read', async () => {
  simulator.world.setMediaCount(0);
  simulator.world.addMedia(MEDIA.slice(0, 1));
  refuse(0, { code: 10 });
  expect((await sync()).body).toMatchObject({ status: 'succeeded', warnings: ['insights_withheld'] });
});

test('an account that cannot be read any more during a run is at fault itself', async () => {
  simulator.world.setMediaCount(0);
  simulator.world.addMedia(MEDIA.slice(0, 1));
  await sync({ include: [] });
  refuse(0, { code: 10 });
  simulator.scenarios.add({ kind: 'error', code: 10, on: { edge: 'user' }, after: 1 });
  expect(await sync()).toMatchObject({ status: 502, body: { code: 'instagram_permission_missing' } });
  expect(await withheld()).toEqual({});
});

test('a permission that is lost during a run is the account’s fault, and noted on no post', async () => {
  simulator.scenarios.add({ kind: 'missing_permission', on: { edge: 'media.insights' }, after: 5 });
  expect(await sync()).toMatchObject({ status: 502, body: { code: 'instagram_permission_missing' } });
  expect(await withheld()).toEqual({});
  expect((await captured()).length).toBeGreaterThan(0);
});

test('a gone post is marked gone, and its figures are not noted as withheld', async () => {
  await sync({ include: [] });
  simulator.scenarios.add({
    kind: 'vanished_media',
    ids: ['17900000000000003'],
    on: { edge: ['media.insights', 'media'] },
  });
  refuse(3, { code: 100, subcode: 33 });
  expect((await sync()).body).toMatchObject({ status: 'succeeded', warnings: [] });
  const gone = await pool.anyFirst(sql.type(z.strictObject({ instagram_id: z.string() }))`
    SELECT instagram_id FROM posts WHERE gone_at IS NOT NULL
  `);
  expect(gone).toEqual(['17900000000000003']);
});

test('refusals of post after post end the run with what Instagram said', async () => {
  simulator.scenarios.add({ kind: 'error', code: 100, on: { edge: 'media.insights' } });
  const { status, body } = await sync();
  expect(status).toBe(502);
  expect(body).toMatchObject({ code: 'instagram_error', instagram: { code: 100 }, sync_id: expect.any(Number) });
  expect(insightsCalls()).toBeLessThan(60);
});

test('a missing permission ends the run, and the posts stay', async () => {
  simulator.scenarios.add({ kind: 'missing_permission', on: { edge: 'media.insights' } });
  expect(await sync()).toMatchObject({ status: 502, body: { code: 'instagram_permission_missing' } });
  expect(await pool.oneFirst(sql.type(z.strictObject({ count: z.number() }))`SELECT count(*) FROM posts`)).toBe(10);
});

test('a run that is throttled while reading figures continues from there when it may', async () => {
  simulator.scenarios.add({ kind: 'throttle', minutes: 1, on: { edge: 'media.insights' }, after: 5, times: 1 });
  const { status, body } = await sync({});
  expect(status).toBe(202);
  expect(body).toMatchObject({ status: 'waiting', resumes_at: expect.any(String) });
  const before = (await captured()).length;
  expect(before).toBeGreaterThan(0);
  expect(before).toBeLessThan(9);

  takeMessages('sync');
  await moveClock(pool, '5 minutes');
  const { id } = body as { id: number };
  const account_id = await pool.oneFirst(sql.type(z.strictObject({ id: z.number() }))`
    SELECT id FROM accounts WHERE instagram_id = ${ACCOUNT}
  `);
  expect(await deliver(worker, [{ account_id, sync_run_id: id }])).toBe(0);
  const rows = await captured();
  expect(rows).toHaveLength(9);
  expect(new Set(rows.map(({ instagram_id }) => instagram_id)).size).toBe(9); // none a second time
});

test('a request that joins an active run can add figures to it', async () => {
  const arrived = simulator.calls.next({ edge: 'user.media' });
  const held = simulator.scenarios.add({ kind: 'hang', on: { edge: 'user.media' }, times: 1 });
  const first = sync({ include: [] });
  await arrived;
  const second = sync();
  const joined = sql.unsafe`SELECT FROM sync_runs WHERE 'insights' = ANY(include)`;
  while (!(await pool.exists(joined)));
  held.remove();
  const [one, two] = await Promise.all([first, second]);
  expect((one.body as { id?: number }).id).toBe((two.body as { id?: number }).id);
  expect(await captured()).toHaveLength(9);
});

test.each([['insights', 'insights'], ['comments?'], [1]].map((include) => [include]))('include %j', async (include) => {
  const { status } = await sync({ include });
  expect(status).toBe(include.every((one) => one === 'insights') ? 200 : 400);
});
