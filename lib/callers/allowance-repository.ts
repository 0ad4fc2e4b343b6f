import { type CommonQueryMethods, sql } from 'slonik';
import { z } from 'zod';
import { timestampSchema } from '../contract.ts';
import { seconds } from '../database/leases.ts';

/** What a caller uses: `share` is the part of the limit, 1 is all of it; `periodSeconds`: for how long that is meant. */
export interface Use {
  principal: string;
  kind: string;
  share: number;
  periodSeconds: number;
}

/** The `allowances` table. */
export const createAllowanceRepository = (database: CommonQueryMethods) => ({
  /** Takes a share. False: not so much is left. */
  take: async ({ principal, kind, share, periodSeconds }: Use): Promise<boolean> =>
    (await database.oneFirst(sql.type(z.strictObject({ free_at: timestampSchema.nullable() }))`
      SELECT take_allowance(${principal}, ${kind}, ${seconds(share * periodSeconds)}, ${seconds(periodSeconds)}) AS free_at
    `)) !== null,

  /** Seconds until so much can be taken. */
  secondsUntil: async ({ principal, kind, share, periodSeconds }: Use): Promise<number> =>
    (await database.maybeOneFirst(sql.type(z.strictObject({ seconds: z.number() }))`
      SELECT greatest(0, extract(epoch FROM free_at - service_now()) - ${(1 - share) * periodSeconds}::float8)::float8
        AS seconds
      FROM allowances WHERE principal = ${principal} AND kind = ${kind}
    `)) ?? 0,
});
export type AllowanceRepository = ReturnType<typeof createAllowanceRepository>;
