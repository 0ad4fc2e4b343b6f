import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createSimulator, type Simulator } from '../create-simulator.ts';
import { callGraph } from '../testing/call-graph.ts';

const NOW = Date.parse('2026-11-01T12:00:00Z');
const ago = (seconds: number) => new Date(NOW - seconds * 1_000).toISOString();
const HOUR = 3_600;
const DAY = 24 * HOUR;

let simulator: Simulator;
beforeAll(async () => {
  simulator = await createSimulator({
    now: () => NOW,
    media: [
      { id: '1', media_type: 'IMAGE', like_count: 100, timestamp: ago(DAY) },
      { id: '2', media_type: 'VIDEO', media_product_type: 'REELS', like_count: 100, timestamp: ago(DAY) },
      { id: '3', media_product_type: 'STORY', like_count: 100, timestamp: ago(HOUR) },
      { id: '4', media_product_type: 'STORY', like_count: 4, timestamp: ago(HOUR) },
      { id: '5', media_product_type: 'STORY', like_count: 100, timestamp: ago(25 * HOUR) },
      { id: '6', media_type: 'IMAGE', like_count: 100, timestamp: ago(5) },
      { id: '7', media_type: 'IMAGE', like_count: 100, timestamp: ago(3 * 365 * DAY) },
      { id: '8', media_type: 'CAROUSEL_ALBUM', timestamp: ago(DAY), children: [{ id: '80' }] },
    ],
  });
});
afterAll(() => simulator.close());
beforeEach(() => simulator.scenarios.clear());

const insights = (id: string, metric: string) => callGraph(simulator, `/${id}/insights?metric=${metric}`);
const names = ({ body }: { body: { data: { name: string }[] } }) => body.data.map(({ name }) => name);

test('figures of a media are the same at every read', async () => {
  const first = await insights('1', 'views,likes,saved');
  expect(first.body.data[1]).toMatchObject({
    name: 'likes',
    period: 'lifetime',
    values: [{ value: 100 }],
    id: '1/insights/likes/lifetime',
  });
  expect((await insights('1', 'views,likes,saved')).body).toEqual(first.body);
});

test.each([
  ['1', 'views,impressions'],
  ['1', 'navigation'],
  ['1', 'total_views'], // Facebook Login's
  ['2', 'follows'],
  ['2', 'crossposted_views'],
  ['3', 'likes'],
  ['80', 'views'],
  ['1', ''],
])('medium %s has no %s, and one bad name fails the call', async (id, metric) => {
  expect(await insights(id, metric)).toMatchObject({ status: 400, body: { error: { code: 100 } } });
});

test('with Facebook Login there are more', async () => {
  const answer = await callGraph(simulator, '/1/insights?metric=total_views', { login: 'facebook' });
  expect(names(answer)).toEqual(['total_views']);
});

test('a story under five likes has too few viewers', async () => {
  expect(names(await insights('3', 'views,navigation,replies'))).toEqual(['views', 'navigation', 'replies']);
  expect(await insights('4', 'views')).toMatchObject({ status: 400, body: { error: { code: 10 } } });
});

test.each(['5', '6', '7'])('medium %s, too new or too old, has an empty set', async (id) => {
  expect((await insights(id, 'views')).body).toEqual({ data: [] });
});

test('figures of the account grow with the period, of 30 days at most', async () => {
  const { id } = simulator.world.account();
  const until = NOW / 1_000;
  const read = (days: number, more = '&period=day&metric_type=total_value') =>
    callGraph(simulator, `/${id}/insights?metric=views,reach&since=${until - days * DAY}&until=${until}${more}`);
  const day = await read(1);
  const month = await read(30);
  expect(names(day)).toEqual(['views', 'reach']);
  expect(month.body.data[0].total_value.value).toBeGreaterThan(20 * day.body.data[0].total_value.value);
  for (const refused of [
    await read(31),
    await read(-1),
    await read(1, '&period=day'),
    await read(1, '&metric_type=total_value'),
  ]) {
    expect(refused).toMatchObject({ status: 400, body: { error: { code: 100 } } });
  }
});

test('the permission is one of its own', async () => {
  const { value } = simulator.world.tokens.grant({
    login: 'instagram',
    accountId: simulator.world.account().id,
    scopes: ['instagram_business_basic'],
  });
  expect(await callGraph(simulator, '/1/insights?metric=views', { token: value })).toMatchObject({
    status: 403,
    body: { error: { code: 10 } },
  });
});

test('a metric can be retired, and figures be kept back', async () => {
  simulator.scenarios.add({ kind: 'refuse_metric', metric: 'reach' });
  expect((await insights('1', 'views,reach')).status).toBe(400);
  expect((await insights('1', 'views')).status).toBe(200);
  simulator.scenarios.add({ kind: 'no_insights', why: 'before_business' });
  expect((await insights('1', 'views')).body.error).toMatchObject({ code: 100, error_subcode: 2_108_006 });
  simulator.scenarios.clear();
  simulator.scenarios.add({ kind: 'no_insights' });
  expect((await insights('1', 'views')).body).toEqual({ data: [] });
});
