import { afterAll } from '@jest/globals';
import type { DatabasePool } from 'slonik';
import { moveClock } from '../move-clock.ts';

/**
 * The time of day of a chaos run: the database's `service_now()` and this process's `Date.now`, which the simulated
 * Instagram goes by, too. It passes in jumps, and never back, as rows of an earlier run would lie in the future. Waits of
 * the service within one invocation are real ones, made short by its environment.
 */
export const createJumpingClock = (pool: DatabasePool) => {
  const machines = Date.now;
  let aheadMs = 0;
  Date.now = () => machines() + aheadMs;
  afterAll(() => {
    Date.now = machines;
  });
  return {
    /** Lets so many milliseconds pass at once. */
    pass: async (ms: number): Promise<void> => {
      if (ms === 0) return;
      aheadMs += ms;
      await moveClock(pool, `${aheadMs} milliseconds`);
    },
  };
};
