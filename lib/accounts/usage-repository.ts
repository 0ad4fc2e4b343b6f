import { type CommonQueryMethods, sql } from 'slonik';
import { z } from 'zod';
import { jsonb } from '../database/jsonb.ts';
import type { InstagramDetails } from '../errors.ts';
import { instagramDetailsSchema } from '../failure.ts';

export const standingSchema = z.strictObject({
  throttled_seconds: z.number(),
  blocked_seconds: z.number(),
  block: instagramDetailsSchema.nullable(),
});
/** Seconds for which an account must not call, or not write, and Instagram's words for the latter; 0: it may. */
export type Standing = z.output<typeof standingSchema>;

const secondsUntil = (column: 'throttled_until' | 'writes_blocked_until') =>
  sql.fragment`greatest(0, ceil(extract(epoch FROM ${sql.identifier(['usage', column])} - service_now())))::int8`;
/** The columns of a `Standing`, whether the account has a row in `usage` or not. */
export const STANDING = sql.fragment`
  ${secondsUntil('throttled_until')} AS throttled_seconds, ${secondsUntil('writes_blocked_until')} AS blocked_seconds,
  usage.writes_block AS block`;

const THROTTLE_IS_OVER = sql.fragment`coalesce(stored.throttled_until <= service_now(), true)`;

/** The `usage` table: one row an account, inserted with the first figure. */
export const createUsageRepository = (database: CommonQueryMethods) => ({
  observe: (accountId: number, percent: number) =>
    database.query(sql.unsafe`
      INSERT INTO usage (account_id, percent, observed_at) VALUES (${accountId}, ${Math.min(Math.round(percent), 32_767)}, service_now())
      ON CONFLICT (account_id) DO UPDATE SET percent = excluded.percent, observed_at = excluded.observed_at
    `),

  /**
   * `stated`: by Instagram, which replaces a guess of ours that still runs, and is replaced by none. Of two of a kind the
   * later end holds: answers to calls made side by side come in any order.
   */
  throttle: (accountId: number, seconds: number, { stated }: { stated: boolean }) =>
    database.query(sql.unsafe`
      INSERT INTO usage AS stored (account_id, throttled_until, throttle_stated)
      VALUES (${accountId}, service_now() + make_interval(secs => ${seconds}), ${stated})
      ON CONFLICT (account_id) DO UPDATE SET
        throttled_until = CASE
          WHEN ${THROTTLE_IS_OVER} THEN excluded.throttled_until
          WHEN stored.throttle_stated = excluded.throttle_stated
          THEN greatest(stored.throttled_until, excluded.throttled_until)
          WHEN excluded.throttle_stated THEN excluded.throttled_until
          ELSE stored.throttled_until
        END,
        throttle_stated = excluded.throttle_stated OR (stored.throttle_stated AND NOT ${THROTTLE_IS_OVER})
    `),

  blockWrites: (accountId: number, seconds: number, block: InstagramDetails) =>
    database.query(sql.unsafe`
      INSERT INTO usage AS stored (account_id, writes_blocked_until, writes_block)
      VALUES (${accountId}, service_now() + make_interval(secs => ${seconds}), ${jsonb(block)})
      ON CONFLICT (account_id) DO UPDATE SET
        writes_blocked_until = greatest(stored.writes_blocked_until, excluded.writes_blocked_until),
        writes_block = excluded.writes_block
    `),

  standing: async (accountId: number): Promise<Standing> =>
    (await database.maybeOne(
      sql.type(standingSchema)`SELECT ${STANDING} FROM usage WHERE account_id = ${accountId}`,
    )) ?? {
      throttled_seconds: 0,
      blocked_seconds: 0,
      block: null,
    },

  throttledForSeconds: async (accountId: number): Promise<number> => {
    const row = await database.maybeOne(sql.type(z.strictObject({ seconds: z.number() }))`
      SELECT ceil(extract(epoch FROM throttled_until - service_now()))::int8 AS seconds FROM usage
      WHERE account_id = ${accountId} AND throttled_until > service_now()
    `);
    return row?.seconds ?? 0;
  },
});
