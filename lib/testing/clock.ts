import { afterAll, jest } from '@jest/globals';
import type { DatabaseClock } from './test-clock.ts';

/** Puts this machine's clock so far ahead of the database's (negative: behind it), until the test ends. */
export const skewClock = (ms: number): void => {
  const right = Date.now;
  jest.spyOn(Date, 'now').mockImplementation(() => right() + ms);
};

/**
 * The time of day of a test file's service: its database's, and `Date.now` of this process, which the simulated Instagram
 * goes by, too. To be called before either is asked for the first time. The function it gives lets so many milliseconds
 * pass at once; time never goes back, as rows of an earlier test would lie in the future.
 */
export const ownTimeOfDay = (databaseClock: Pick<DatabaseClock, 'putAhead'>): ((ms: number) => Promise<void>) => {
  const machines = Date.now;
  let aheadMs = 0;
  Date.now = () => machines() + aheadMs;
  afterAll(() => {
    Date.now = machines;
  });
  return async (ms) => {
    aheadMs += ms;
    await databaseClock.putAhead(aheadMs);
  };
};
