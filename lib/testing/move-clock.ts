import { type DatabasePool, sql } from 'slonik';

/**
 * Puts the clock of every statement so far ahead of the machine's: `'31 minutes'`. Node's and Instagram's stay where they
 * are; `letPass` of a test service moves all of them, and what is set here ends what it has set.
 */
export const moveClock = async (pool: DatabasePool, interval: string): Promise<void> => {
  await pool.query(sql.unsafe`
    SELECT setval('test_clock_ahead', round(extract(epoch FROM ${interval}::interval) * 1e6)::int8)
  `);
};
