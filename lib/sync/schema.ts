import { z } from 'zod';
import { idSchema, timestampSchema } from '../contract.ts';
import { failureSchema, storedProblemSchema } from '../failure.ts';

export const syncModeSchema = z.enum(['full', 'incremental']);
export type SyncMode = z.output<typeof syncModeSchema>;

/** What a sync can bring up to date beside the media. */
export const syncIncludeSchema = z.enum(['comments', 'insights']);

export const syncStatusSchema = z.enum(['queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled']);
export type SyncStatus = z.output<typeof syncStatusSchema>;
export const isFinished = (status: SyncStatus): status is 'succeeded' | 'failed' | 'cancelled' =>
  status === 'succeeded' || status === 'failed' || status === 'cancelled';

/** What makes a finished run worth a look although it did not fail. */
export const syncWarningSchema = z.enum([
  'shrink_guard', // more posts would be marked gone than is plausible, so none was
  'count_mismatch', // the listing ended with another number of media than the account states
  'comments_withheld', // posts whose comments Instagram does not give, while it gives those of others (`withheld` of each)
  'insights_withheld', // the same of figures
  'rows_unreadable', // rows that Instagram listed without an id or a time were left as they are stored
  'missing_unconfirmed', // posts or comments were missing from listings, but Instagram could not be asked about them reliably
]);
export type SyncWarning = z.output<typeof syncWarningSchema>;

/** Where the next page starts. `after` is Meta's bare cursor, never its `next` URL: that holds the token. */
export const syncPositionSchema = z.strictObject({
  after: z.string().nullable(),
  /** The last committed item, to find the place again should the cursor become invalid; null at the top. */
  last: z.strictObject({ posted_at: z.string(), instagram_id: z.string() }).nullable(),
  /** The newest timestamp of the last page that was not empty: where a listing that is cut off may be cut off. */
  newest: z.string().nullable().default(null),
  /** Page size and fields as Instagram last accepted them. */
  limit: z.int().min(1).max(100),
  /** Pages in a row that Instagram gave at this size: after a while a larger one is tried again. */
  steady: z.int().default(0),
  fields: z.array(z.string()).readonly(),
});
export type SyncPosition = z.output<typeof syncPositionSchema>;

/** What a run does, in order; a phase beyond the media is entered only when it is asked for. */
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

/** A row of `sync_runs`, whole. Milliseconds are from when it was read, by the database's clock. */
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
