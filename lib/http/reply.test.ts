import { expect, test } from '@jest/globals';
import { finishedOr202 } from './reply.ts';

const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();

test('a finished operation is answered with its end', () => {
  expect(finishedOr202(true, { id: 5 }, '/sync/5', inMs(60_000))).toEqual({
    status: 200,
    body: { id: 5 },
    headers: {},
  });
});

test.each([[null], [inMs(-1_000)]])('one under way says where to look: %p', (resumesAt) => {
  const headers = { Location: '/sync/5' };
  expect(finishedOr202(false, { id: 5 }, '/sync/5', resumesAt)).toEqual({ status: 202, body: { id: 5 }, headers });
});

test('one that waits says when to look', () => {
  const { headers } = finishedOr202(false, {}, '/sync/5', inMs(3_600_000));
  expect(Number(headers['Retry-After'])).toBeGreaterThan(3_000);
  expect(Number(headers['Retry-After'])).toBeLessThanOrEqual(3_600);
});
