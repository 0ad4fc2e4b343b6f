import { type CommonQueryMethods, sql } from 'slonik';
import { z } from 'zod';

/** The database itself, no table of it. */
export const createHealthRepository = (database: Pick<CommonQueryMethods, 'any'>) => ({
  /** Resolves when the database has answered a query. */
  ping: async (): Promise<void> => {
    await database.any(sql.type(z.strictObject({ answer: z.int() }))`SELECT 1 AS answer`);
  },
});
export type HealthRepository = ReturnType<typeof createHealthRepository>;
