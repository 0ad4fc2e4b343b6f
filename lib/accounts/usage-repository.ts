import { type CommonQueryMethods, sql } from 'slonik';
import { z } from 'zod';

/** The `usage` table: one row an account, made when there is first something to say. */
export const createUsageRepository = (database: CommonQueryMethods) => ({
  observe: (accountId: number, percent: number) =>
    database.query(sql.unsafe`
      INSERT INTO usage (account_id, percent, observed_at) VALUES (${accountId}, ${Math.min(Math.round(percent), 32_767)}, clock_timestamp())
      ON CONFLICT (account_id) DO UPDATE SET percent = excluded.percent, observed_at = excluded.observed_at
    `),

  throttle: (accountId: number, seconds: number) =>
    database.query(sql.unsafe`
      INSERT INTO usage AS stored (account_id, throttled_until)
      VALUES (${accountId}, clock_timestamp() + make_interval(secs => ${seconds}))
      ON CONFLICT (account_id) DO UPDATE SET throttled_until = greatest(stored.throttled_until, excluded.throttled_until)
    `),

  throttledForSeconds: async (accountId: number): Promise<number> => {
    const row = await database.maybeOne(sql.type(z.strictObject({ seconds: z.number() }))`
      SELECT ceil(extract(epoch FROM throttled_until - clock_timestamp()))::int8 AS seconds FROM usage
      WHERE account_id = ${accountId} AND throttled_until > clock_timestamp()
    `);
    return row?.seconds ?? 0;
  },
});
