import { type CommonQueryMethods, sql } from 'slonik';
import { z } from 'zod';

/** The database itself, without its tables. */
export const createHealthRepository = (database: Pick<CommonQueryMethods, 'transaction'>) => ({
  /**
   * Resolves when the database has answered a query that makes it write to its disk: with a full disk, it can still
   * read. Rows that do not fit into 64 KB of memory go to a temporary file, which ends with the query.
   */
  ping: (): Promise<void> =>
    database.transaction(async (transaction) => {
      await transaction.any(sql.type(z.strictObject({ set: z.string() }))`
        SELECT set_config('work_mem', '64kB', true) AS set
      `);
      await transaction.any(sql.type(z.strictObject({ rows: z.int() }))`
        SELECT count(*) AS rows FROM generate_series(1, 10000)
      `);
    }),
});
export type HealthRepository = ReturnType<typeof createHealthRepository>;
