import { expect, test } from '@jest/globals';
import { hotPauseSeconds } from './schedule.ts';

const HOUR = 3_600;
const DAY = 24 * HOUR;

test.each([
  ['posts every hour', HOUR, HOUR],
  ['posts every day', DAY, HOUR],
  ['posts every second day', 2 * DAY, 2 * HOUR],
  ['posts once a week', 7 * DAY, 6 * HOUR],
  ['posts once a month', 30 * DAY, 6 * HOUR],
  ['has no posts yet', null, HOUR],
])('an account with an interval of an hour that %s is looked at as often as that asks for', (_, gap, pause) => {
  expect(hotPauseSeconds(HOUR, gap)).toBe(pause);
});

test('an account that posts every minute is looked at no more often than its interval says', () => {
  expect(hotPauseSeconds(5 * 60, 60)).toBe(5 * 60);
});
