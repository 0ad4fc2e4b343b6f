/** A page that Instagram does not give in time is asked for with less. The peer is the simulator, on loopback. */
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { createSimulator } from '../../local/simulator/create-simulator.ts';
import { failureOf } from '../testing/instagram.ts';
import { createInstagramClient } from './client.ts';
import type { CallLimits } from './exchange.ts';
import { ALL_MEDIA_FIELDS } from './resources/media.ts';

const simulator = await createSimulator({ media: [{ comments_count: 12 }] });
afterAll(() => simulator.close());
beforeEach(() => simulator.reset());

const { id: account } = simulator.world.account();
const [medium] = simulator.world.media(account);
/** So short that a time-out costs the test nothing; an answer that is given comes within milliseconds. */
const client = createInstagramClient({
  login: 'instagram',
  graphUrl: simulator.graphUrls.instagram,
  version: 'v25.0',
  token: simulator.tokens.instagram,
  timeoutMs: 700,
  sleep: async () => undefined,
});
const readMedia = (limits?: CallLimits, limit = 100) =>
  client.media.readPage(account, { limit, after: null, fields: ALL_MEDIA_FIELDS }, limits);
const limitsAsked = () => simulator.calls.list().map(({ params }) => Number(params.limit));

test('a page is asked for at half the size after two time-outs, each size with limits of its own', async () => {
  simulator.scenarios.add({ kind: 'slow_pages', limit: 50 });
  let asked = 0;
  const { used, items } = await readMedia(async () => {
    asked += 1;
    return { deadline: performance.now() + 20_000 };
  });
  expect({ used, items: items.length }).toEqual({ used: { limit: 50, fields: ALL_MEDIA_FIELDS }, items: 1 });
  expect(limitsAsked()).toEqual([100, 100, 50]);
  expect(asked).toBe(2);
});

test('a page is asked for at half the size after a step that was too short', async () => {
  simulator.scenarios.add({ kind: 'slow_pages', limit: 50 });
  let steps = 0;
  const { used } = await readMedia(() => {
    steps += 1;
    return { deadline: performance.now() + (steps === 1 ? 100 : 20_000) };
  });
  expect(used.limit).toBe(50);
  expect(limitsAsked()).toEqual([100, 50]);
});

test('a slow page is halved down to one item, and then asked for without expansions', async () => {
  simulator.scenarios.add({ kind: 'slow_pages', limit: 0, times: 4 });
  const { used } = await readMedia({}, 2);
  expect(used).toEqual({ limit: 1, fields: ALL_MEDIA_FIELDS.filter((field) => field !== 'children') });
});

test('a slow page of comments is halved too', async () => {
  simulator.scenarios.add({ kind: 'slow_pages', limit: 25 });
  const { used } = await client.comments.readPage(medium?.id ?? '', { limit: 50, after: null });
  expect(used.limit).toBe(25);
});

test('a slow page is not asked for again when the caller has no time left', async () => {
  simulator.scenarios.add({ kind: 'slow_pages', limit: 25 });
  const error = await failureOf(readMedia({ deadline: performance.now() + 100 }));
  expect(error).toMatchObject({ failure: 'deadline', kind: 'transient' });
  expect(limitsAsked()).toEqual([100]);
});

test('a slow read of one object is not asked for again with less', async () => {
  simulator.scenarios.add({ kind: 'hang', times: 2 });
  expect(await failureOf(client.media.get(medium?.id ?? ''))).toMatchObject({ failure: 'timeout' });
  expect(simulator.calls.count({ edge: 'media' })).toBe(2);
});
