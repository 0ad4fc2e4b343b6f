import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { askMetrics } from './ask-metrics.ts';

class Refusal extends Error {}

/** An Instagram that refuses every call with a metric of `bad` in it, and has no value for those of `empty`. */
const instagramThatRefuses = (bad: readonly string[], empty: readonly string[] = []) => {
  const calls: (readonly string[])[] = [];
  const ask = async (metrics: readonly string[]) => {
    calls.push(metrics);
    if (metrics.some((metric) => bad.includes(metric))) throw new Refusal('a metric is not supported');
    return Object.fromEntries(
      metrics.filter((metric) => !empty.includes(metric)).map((metric, index) => [metric, index]),
    );
  };
  return { calls, ask };
};
const isRefusal = (error: unknown) => error instanceof Refusal;
const names = (count: number) => Array.from({ length: count }, (_, index) => `metric_${index}`);

test('one call is enough when nothing is refused', async () => {
  const { calls, ask } = instagramThatRefuses([], ['metric_2']);
  const { values, refused } = await askMetrics(names(5), ask, isRefusal);
  expect(calls).toHaveLength(1);
  expect(Object.keys(values)).toEqual(['metric_0', 'metric_1', 'metric_3', 'metric_4']);
  expect(refused).toEqual([]);
});

test('without metrics there is no call', async () => {
  const { calls, ask } = instagramThatRefuses([]);
  expect(await askMetrics([], ask, isRefusal)).toEqual({ values: {}, refused: [], error: null });
  expect(calls).toHaveLength(0);
});

test('one refused metric costs at most 1 + 2·log2(n) calls, and no other value', async () => {
  for (let count = 2; count <= 40; count += 1) {
    for (let bad = 0; bad < count; bad += 1) {
      const { calls, ask } = instagramThatRefuses([`metric_${bad}`]);
      const { values, refused } = await askMetrics(names(count), ask, isRefusal);
      expect(refused).toEqual([`metric_${bad}`]);
      expect(Object.keys(values).sort()).toEqual(
        names(count)
          .filter((name) => name !== `metric_${bad}`)
          .sort(),
      );
      expect(calls.length).toBeLessThanOrEqual(1 + 2 * Math.log2(count));
    }
  }
});

test('any number of refused metrics up to half is found, and nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 2, max: 20 }), fc.infiniteStream(fc.boolean()), async (count, coin) => {
      const bad = names(count)
        .filter(() => coin.next().value)
        .slice(0, Math.floor(count / 2));
      const { ask } = instagramThatRefuses(bad);
      const { values, refused } = await askMetrics(names(count), ask, isRefusal);
      expect([...refused].sort()).toEqual([...bad].sort());
      expect(Object.keys(values)).toHaveLength(count - bad.length);
    }),
  );
});

test('a refusal of more than half the metrics is thrown, before each was asked for alone', async () => {
  const { calls, ask } = instagramThatRefuses(names(10));
  await expect(askMetrics(names(10), ask, isRefusal)).rejects.toThrow(Refusal);
  expect(calls.length).toBeLessThan(16);
});

test('the refusal of a single metric is an answer, not an error', async () => {
  const { calls, ask } = instagramThatRefuses(['metric_0']);
  expect(await askMetrics(names(1), ask, isRefusal)).toMatchObject({ values: {}, refused: ['metric_0'] });
  expect(calls).toHaveLength(1);
});

test('a failure that is no refusal ends the search for refused metrics', async () => {
  let calls = 0;
  const ask = async () => {
    calls += 1;
    throw calls === 1 ? new Refusal('a metric is not supported') : new TypeError('something else');
  };
  await expect(askMetrics(names(8), ask, isRefusal)).rejects.toThrow(TypeError);
  expect(calls).toBe(2);
});
