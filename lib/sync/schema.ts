import { z } from 'zod';
import { idSchema, timestampSchema } from '../contract.ts';
import { failureSchema, storedProblemSchema } from '../failure.ts';

export const syncModeSchema = z.enum(['full', 'recent', 'incremental']).meta({
  description:
    '`full`: every media that Instagram lists. `recent`: those of the last 30 days. `incremental`: up to the first page that is stored already, whatever its counts',
});
export type SyncMode = z.output<typeof syncModeSchema>;

export const syncStatusSchema = z.enum(['queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled']);
export type SyncStatus = z.output<typeof syncStatusSchema>;
export const isFinished = (status: SyncStatus): status is 'succeeded' | 'failed' | 'cancelled' =>
  status === 'succeeded' || status === 'failed' || status === 'cancelled';

/** Why somebody should look at a finished run although it did not fail. */
export const syncWarningSchema = z.enum([
  'shrink_guard', // more posts were missing than is plausible, so none was marked gone
  'count_mismatch', // the listing had another number of media than the account states
  'comments_withheld', // Instagram gives the comments of other posts, but not of some (see `withheld` of each post)
  'insights_withheld', // the same with figures
  'rows_unreadable', // Instagram listed rows without an id or a time; these stay as they are stored
  'missing_unconfirmed', // posts or comments were missing from listings, but a triage could not tell whether they are gone
]);
export type SyncWarning = z.output<typeof syncWarningSchema>;

/** Where the next page starts. `after` is Meta's bare cursor, never its `next` URL: that holds the token. */
export const syncPositionSchema = z.strictObject({
  after: z.string().nullable(),
  /** The last stored item, to find the place again if Instagram no longer knows the cursor; null: the top. */
  last: z.strictObject({ posted_at: z.string(), instagram_id: z.string() }).nullable(),
  /** The newest timestamp of the last page that was not empty: a listing of 10,000 may end anywhere on that page. */
  newest: z.string().nullable().default(null),
  /** The page size and fields that Instagram last accepted. */
  limit: z.int().min(1).max(100),
  /** How many pages in a row came at this size: after some, a larger size is tried again. */
  steady: z.int().default(0),
  fields: z.array(z.string()).readonly(),
});
export type SyncPosition = z.output<typeof syncPositionSchema>;

/** The phases of a run, in order. `missing` belongs to a full run; comments and insights only when asked for. */
export type SyncPhase = 'media' | 'missing' | 'comments' | 'insights';

const counts = {
  pages: z.int(),
  fetched: z.int(),
  created: z.int(),
  updated: z.int(),
  unchanged: z.int(),
  gone: z.int(),
  expected: z.int().nullable(),
};

/** A row of `sync_runs`. `resumes_in_ms` counts from when the row was read, by the database's clock. */
export const syncRunRowSchema = z.strictObject({
  account_id: idSchema,
  id: idSchema,
  mode: syncModeSchema,
  include: z.array(z.string()),
  accept_missing: z.boolean(),
  status: syncStatusSchema,
  done: z.array(z.string()),
  position: syncPositionSchema.nullable(),
  cursors_seen: z.array(z.string()),
  restarts: z.int(),
  ...counts,
  warnings: z.array(syncWarningSchema),
  recent_since: timestampSchema.nullable(),
  complete: z.boolean(),
  contiguous: z.boolean(),
  floor: timestampSchema.nullable(),
  probed: z.int(),
  error: failureSchema.nullable(),
  cancel_requested_at: timestampSchema.nullable(),
  lease_epoch: z.int(),
  attempts: z.int(),
  throttles: z.int(),
  resumes_at: timestampSchema.nullable(),
  resumes_in_ms: z.number().nullable(),
  requested_at: timestampSchema,
  started_at: timestampSchema.nullable(),
  finished_at: timestampSchema.nullable(),
});
export type SyncRunRow = z.output<typeof syncRunRowSchema>;

/** A sync run as clients see it. */
export const syncRunSchema = z
  .object({
    id: idSchema,
    account_id: idSchema,
    mode: syncModeSchema,
    status: syncStatusSchema,
    ...counts,
    warnings: z.array(syncWarningSchema),
    requested_at: timestampSchema,
    started_at: timestampSchema.nullable(),
    finished_at: timestampSchema.nullable(),
    resumes_at: timestampSchema.nullable(),
    error: storedProblemSchema.nullable(),
  })
  .meta({ id: 'SyncRun' });
