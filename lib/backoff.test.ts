import { expect, test } from '@jest/globals';
import { createPauses, createWait } from './backoff.ts';

test('pauses double until they reach the longest', () => {
  const nextPause = createPauses({ first: 100, max: 500 });
  expect([nextPause(), nextPause(), nextPause(), nextPause(), nextPause()]).toEqual([100, 200, 400, 500, 500]);
});

test('a wait sleeps while its pause ends before the deadline, and then says that it did not', async () => {
  let time = 0;
  const sleep = async (ms: number) => {
    time += ms;
  };
  const wait = createWait({ first: 100, max: 500 }, { now: () => time, sleep });
  expect([await wait(700), await wait(700), await wait(700)]).toEqual([true, true, false]);
  expect(time).toBe(300);
});
