import { type CommonQueryMethods, sql } from 'slonik';
import { z } from 'zod';
import { idSchema, timestampSchema } from '../contract.ts';
import { jsonb } from '../database/jsonb.ts';
import { IS_THERE, mayAsk } from '../posts/index.ts';
import type { MetricValues } from './ask-metrics.ts';
import type { Unavailable } from './schema.ts';

/** Figures as they were at one moment. */
export interface Measurement {
  instagram_id: string;
  /** All metrics were asked for, not only some by name. */
  whole: boolean;
  metrics: MetricValues;
  unavailable: readonly Unavailable[];
  /** The days that an account's figures are about; null: they are of a media. */
  period: { since: string; until: string } | null;
}

const capturedSchema = z.strictObject({ captured_at: timestampSchema });
const storedMetricsSchema = z.record(z.string(), z.number());
const snapshotSchema = z.strictObject({ captured_at: timestampSchema, metrics: storedMetricsSchema });
const periodSnapshotSchema = z.strictObject({
  ...snapshotSchema.shape,
  since: timestampSchema,
  until: timestampSchema,
});
const dueSchema = z.strictObject({
  id: idSchema,
  instagram_id: z.string(),
  media_type: z.string(),
  media_product_type: z.string().nullable(),
  posted_at: timestampSchema,
  /** Instagram withheld its figures when it was last asked for them. */
  was_withheld: z.boolean(),
});
/** A post whose figures are due. */
export type DuePost = z.output<typeof dueSchema>;

/** An hourly history has so many after six weeks, a daily one after three years. */
const MAX_HISTORY = 1_000;

/** The table `insights`. */
export const createInsightsRepository = (database: CommonQueryMethods) => ({
  /** Adds figures that were measured just now. */
  add: async (
    account_id: number,
    { instagram_id, whole, metrics, unavailable, period }: Measurement,
  ): Promise<string> => {
    const { captured_at } = await database.one(sql.type(capturedSchema)`
      INSERT INTO insights (account_id, instagram_id, captured_at, since, until, whole, metrics, unavailable)
      VALUES (
        ${account_id}, ${instagram_id}, service_now(), ${period?.since ?? null}::timestamptz,
        ${period?.until ?? null}::timestamptz, ${whole}, ${jsonb(metrics)},
        ${jsonb(unavailable)}
      )
      RETURNING captured_at
    `);
    return captured_at;
  },

  /** The newest 1,000 snapshots of a media that have a value, newest first. */
  listHistory: (account_id: number, instagram_id: string) =>
    database.any(sql.type(snapshotSchema)`
      SELECT captured_at, metrics FROM insights
      WHERE account_id = ${account_id} AND instagram_id = ${instagram_id} AND metrics <> '{}'
      ORDER BY captured_at DESC LIMIT ${MAX_HISTORY}
    `),

  /** The same of the account itself, with the days that each is about. */
  listAccountHistory: (account_id: number, instagram_id: string) =>
    database.any(sql.type(periodSnapshotSchema)`
      SELECT captured_at, metrics, since, until FROM insights
      WHERE account_id = ${account_id} AND instagram_id = ${instagram_id} AND metrics <> '{}' AND since IS NOT NULL
      ORDER BY captured_at DESC LIMIT ${MAX_HISTORY}
    `),

  /**
   * Up to `limit` posts whose figures are due, newest first. They are due if they were never captured, or the last time is
   * long enough ago: an hour in a post's first week, a day in its first month, a week later on. Instagram keeps figures for
   * two years, those of a story for a day. A post that is older than the professional account never gets any. Withheld
   * figures are not due before their `retry_at`. What was captured after `started_at` is not due. `after`: the last post of
   * the page before.
   */
  findDue: ({
    account_id,
    started_at,
    after,
    limit,
  }: {
    account_id: number;
    started_at: string;
    after: Pick<DuePost, 'posted_at' | 'id'> | null;
    limit: number;
  }): Promise<readonly DuePost[]> =>
    database.any(sql.type(dueSchema)`
      SELECT posts.id, posts.instagram_id, posts.media_type, posts.media_product_type, posts.posted_at,
        EXISTS (
          SELECT FROM withheld
          WHERE withheld.account_id = posts.account_id AND withheld.post_id = posts.id AND what = 'insights'
        ) AS was_withheld
      FROM posts
      LEFT JOIN LATERAL (
        SELECT captured_at, unavailable FROM insights
        WHERE account_id = posts.account_id AND instagram_id = posts.instagram_id AND whole
        ORDER BY captured_at DESC LIMIT 1
      ) AS last ON true
      WHERE posts.account_id = ${account_id} AND ${IS_THERE} AND ${mayAsk('insights')}
        ${after === null ? sql.fragment`` : sql.fragment`AND (posts.posted_at, posts.id) < (${after.posted_at}::timestamptz, ${after.id})`}
        AND posts.posted_at > ${started_at}::timestamptz - CASE posts.media_product_type
          WHEN 'STORY' THEN interval '1 day' ELSE interval '2 years' END
        AND (
          last.captured_at IS NULL
          OR (
            NOT last.unavailable @> '[{"reason": "before_business_account"}]'
            AND last.captured_at < ${started_at}::timestamptz - CASE
              WHEN posts.posted_at > ${started_at}::timestamptz - interval '7 days' THEN interval '1 hour'
              WHEN posts.posted_at > ${started_at}::timestamptz - interval '30 days' THEN interval '1 day'
              ELSE interval '7 days' END
          )
        )
      ORDER BY posts.posted_at DESC, posts.id DESC LIMIT ${limit}
    `),
});
export type InsightsRepository = ReturnType<typeof createInsightsRepository>;
