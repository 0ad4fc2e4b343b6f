import { type CommonQueryMethods, sql } from 'slonik';

const YEAR_US = 365 * 24 * 3_600_000_000;

/**
 * Statements that put a clock which a test moves in the place of the service's, for a migrated database that tests copy.
 * It is kept in sequences: what one connection sets, every other reads at once, whatever its transaction has seen. Both
 * functions are PostgreSQL's own, so that this one is inlined as the service's is, and plans stay the same.
 */
export const REPLACE_SERVICE_CLOCK = [
  'CREATE SEQUENCE test_clock_stopped_at MINVALUE 1',
  `CREATE SEQUENCE test_clock_ahead MINVALUE ${-1_000 * YEAR_US} START 1`,
  `CREATE OR REPLACE FUNCTION service_now() RETURNS timestamptz LANGUAGE sql VOLATILE
   RETURN coalesce(
     to_timestamp(pg_sequence_last_value('test_clock_stopped_at') / 1e6),
     clock_timestamp() + coalesce(pg_sequence_last_value('test_clock_ahead'), 0) * interval '1 microsecond'
   )`,
];

/** Sets `service_now()` of the database that `pool` belongs to, for all its connections. */
export const createDatabaseClock = (pool: Pick<CommonQueryMethods, 'query'>) => {
  const set = async (sequence: string, microseconds: number): Promise<void> => {
    await pool.query(sql.unsafe`SELECT setval(${sequence}, ${microseconds})`);
  };
  return {
    /** Time stands still at this moment (ms since 1970), until the next call. */
    stopAt: (at: number): Promise<void> => set('test_clock_stopped_at', Math.round(at * 1_000)),
    /** Time passes as usual, so many milliseconds ahead of the machine's. */
    putAhead: (ms: number): Promise<void> => set('test_clock_ahead', Math.round(ms * 1_000)),
  };
};
export type DatabaseClock = ReturnType<typeof createDatabaseClock>;
