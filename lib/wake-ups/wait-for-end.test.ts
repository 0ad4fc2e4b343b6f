import { afterEach, expect, test } from '@jest/globals';
import { beginServing, beginStopping } from '../stopping.ts';
import { createWaitForEnd } from './wait-for-end.ts';

afterEach(beginServing);

test('a request that waits for work is answered with how far it is when the process begins to stop', async () => {
  const row = { account_id: 1, id: 2, resumes_in_ms: null };
  let turns = 0;
  const wait = createWaitForEnd<typeof row>({
    find: async () => row,
    isOver: () => false,
    advance: async () => {
      turns += 1;
      return 'busy';
    },
    now: () => 0,
    sleep: () => {
      setImmediate(beginStopping);
      return new Promise(() => undefined); // somebody else works at it, for as long as they like
    },
  });
  expect(await wait(row, 60_000)).toBe(row);
  expect(turns).toBe(1);
});
