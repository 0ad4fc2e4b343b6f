import { type DatabasePool, sql } from 'slonik';

/** Puts the clock of every statement so far ahead of the machine's: `'31 minutes'`. */
export const moveClock = async (pool: DatabasePool, interval: string): Promise<void> => {
  await pool.query(sql.unsafe`
    CREATE OR REPLACE FUNCTION service_now() RETURNS timestamptz LANGUAGE sql VOLATILE
    RETURN clock_timestamp() + ${sql.literalValue(interval)}::interval
  `);
};
