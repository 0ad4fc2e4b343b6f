/** How long Instagram wants no calls for an account: what it states holds, our guesses give way. */
import { beforeEach, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { moveClock } from '../testing/move-clock.ts';
import { createTestDatabase } from '../testing/postgres.ts';
import { givenAccount } from '../testing/posts.ts';
import { recordThrottle, throttledForSeconds } from './usage.ts';

const { pool } = await createTestDatabase();
const { id } = await givenAccount(pool, '1');

beforeEach(() => pool.query(sql.unsafe`TRUNCATE usage`));

const guess = (seconds: number) => recordThrottle(pool, id, seconds, { stated: false });
const state = (seconds: number) => recordThrottle(pool, id, seconds, { stated: true });
const GUESS = 300;

test.each<[string, (() => Promise<unknown>)[], number]>([
  ['a shorter time stated after a guess', [() => guess(GUESS), () => state(60)], 60],
  ['a longer time stated after a guess', [() => guess(GUESS), () => state(900)], 900],
  ['a guess after a shorter time was stated', [() => state(60), () => guess(GUESS)], 60],
  ['a guess after a longer time was stated', [() => state(900), () => guess(GUESS)], 900],
  ['the later of two times stated', [() => state(900), () => state(60)], 900],
  ['the later of two guesses', [() => guess(GUESS), () => guess(600)], 600],
  ['a time stated between two guesses', [() => guess(GUESS), () => state(60), () => guess(GUESS)], 60],
])('%s holds', async (_, record, seconds) => {
  for (const one of record) await one();
  const left = await throttledForSeconds(pool, id);
  expect(left).toBeLessThanOrEqual(seconds);
  expect(left).toBeGreaterThan(seconds - 30);
});

test('a time that was stated and is over keeps no guess away', async () => {
  await state(60);
  await moveClock(pool, '61 seconds');
  await guess(GUESS);
  expect(await throttledForSeconds(pool, id)).toBeGreaterThan(60);
  await state(30);
  expect(await throttledForSeconds(pool, id)).toBeLessThanOrEqual(30);
});
