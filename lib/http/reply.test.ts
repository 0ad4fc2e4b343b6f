import { expect, test } from '@jest/globals';
import { finishedOr202 } from './reply.ts';

test('a finished operation is answered with its outcome', () => {
  expect(finishedOr202(true, { id: 5 }, '/sync/5', 60_000)).toEqual({
    status: 200,
    body: { id: 5 },
    headers: {},
  });
});

test.each([[null], [-1_000]])('an operation that goes on says where its outcome will be: %p', (resumesInMs) => {
  const headers = { Location: '/sync/5' };
  expect(finishedOr202(false, { id: 5 }, '/sync/5', resumesInMs)).toEqual({ status: 202, body: { id: 5 }, headers });
});

test('an operation that waits says when to ask again', () => {
  const { headers } = finishedOr202(false, {}, '/sync/5', 3_599_001);
  expect(headers).toEqual({ Location: '/sync/5', 'Retry-After': '3600' });
});
