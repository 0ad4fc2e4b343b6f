import { type CommonQueryMethods, sql } from 'slonik';
import { z } from 'zod';

/** The database itself, no table of it. */
export const createHealthRepository = (database: Pick<CommonQueryMethods, 'transaction'>) => ({
  /**
   * Resolves when the database has answered a query for which it had to write to its disk: on a full one it still reads.
   * Rows that do not fit into 64 KB of memory spill into a temporary file, which goes with the query.
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
