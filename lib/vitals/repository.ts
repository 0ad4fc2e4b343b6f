import { type CommonQueryMethods, sql } from 'slonik';
import { z } from 'zod';

const count = z.int().nonnegative();
/** Null where there is nothing to measure. */
const measure = z.number().nonnegative().nullable();

/** The figures of one moment, each under the name of its metric. */
export const vitalsSchema = z.strictObject({
  DeadTokens: count,
  FadingTokens: count,
  DyingTokens: count,
  EndingTokens: count,
  ThrottledAccounts: count,
  BlockedAccounts: count,
  RateLimitHeadroomPercent: measure,
  OldestUnfinishedSyncSeconds: measure,
  SyncLagSeconds: measure,
  HeldBackSyncs: count,
  LateTasks: count,
  IntentsSending: count,
  IntentsPending: count,
  IntentsUnknown: count,
  OldestUnknownIntentSeconds: measure,
  PublicationsScheduled: count,
  PublicationsQueued: count,
  PublicationsProcessing: count,
  PublicationsPublishing: count,
});
export type Vitals = z.output<typeof vitalsSchema>;

const secondsSince = (moment: 'requested_at' | 'finished_at' | 'created_at') =>
  sql.fragment`max(extract(epoch FROM service_now() - ${sql.identifier([moment])}))::float8`;
/** Number of accounts for which a person is needed by then: the token expires, or what it may read of a person's data does. */
const endsIn = (time: string) => sql.fragment`
  (count(*) FILTER (
    WHERE token_state = 'alive' AND least(token_expires_at, data_access_expires_at) < service_now() + ${time}::interval
  ))::int8`;
/** Number of rows in one state. */
const inState = (state: string) => sql.fragment`(count(*) FILTER (WHERE state = ${state}))::int8`;
const inStatus = (status: string) => sql.fragment`(count(*) FILTER (WHERE status = ${status}))::int8`;

/** Figures for alarms and the dashboard, read from all tables. */
export const createVitalsRepository = (database: CommonQueryMethods) => ({
  /**
   * Read once a minute, also at a million posts: it reads `accounts` and `usage` whole, the last run of each account by
   * its key, and of runs, intents and publications only those that have not ended, by their indexes.
   */
  read: (): Promise<Vitals> =>
    database.one(sql.type(vitalsSchema)`
      WITH account AS (
        SELECT
          (count(*) FILTER (WHERE token_state = 'dead' AND accounts.status <> 'disconnected'))::int8 AS dead,
          ${endsIn('14 days')} AS fading, ${endsIn('7 days')} AS dying, ${endsIn('3 days')} AS ending,
          ${secondsSince('finished_at')} AS lag,
          (count(*) FILTER (WHERE 'shrink_guard' = ANY(warnings)))::int8 AS held_back
        FROM accounts LEFT JOIN LATERAL (
          SELECT finished_at, warnings FROM sync_runs
          WHERE account_id = accounts.id AND status = 'succeeded' ORDER BY id DESC LIMIT 1
        ) AS last_run ON accounts.status IN ('active', 'needs_login')
      ), standing AS (
        SELECT
          (count(*) FILTER (WHERE throttled_until > service_now()))::int8 AS throttled,
          (count(*) FILTER (WHERE writes_blocked_until > service_now()))::int8 AS blocked,
          (100 - max(least(percent, 100)) FILTER (WHERE observed_at > service_now() - interval '1 hour'))::float8 AS headroom
        FROM usage
      ), task AS (
        SELECT (count(*) FILTER (WHERE due_at < service_now() - every))::int8 AS late FROM account_tasks
      ), unfinished AS (
        SELECT ${secondsSince('requested_at')} AS age FROM sync_runs WHERE status IN ('queued', 'running', 'waiting')
      ), write AS (
        SELECT
          ${inState('sending')} AS sending, ${inState('pending')} AS pending, ${inState('unknown')} AS unknown,
          (max(extract(epoch FROM service_now() - created_at)) FILTER (WHERE state = 'unknown'))::float8 AS oldest_unknown
        FROM intents WHERE next_wake_at IS NOT NULL AND kind <> 'publish'
      ), publication AS (
        SELECT
          ${inStatus('scheduled')} AS scheduled, ${inStatus('queued')} AS queued,
          ${inStatus('processing')} AS processing, ${inStatus('publishing')} AS publishing
        FROM publications WHERE next_wake_at IS NOT NULL
      )
      SELECT
        account.dead AS "DeadTokens", account.fading AS "FadingTokens",
        account.dying AS "DyingTokens", account.ending AS "EndingTokens",
        standing.throttled AS "ThrottledAccounts", standing.blocked AS "BlockedAccounts",
        standing.headroom AS "RateLimitHeadroomPercent",
        unfinished.age AS "OldestUnfinishedSyncSeconds", account.lag AS "SyncLagSeconds",
        account.held_back AS "HeldBackSyncs", task.late AS "LateTasks",
        write.sending AS "IntentsSending", write.pending AS "IntentsPending", write.unknown AS "IntentsUnknown",
        write.oldest_unknown AS "OldestUnknownIntentSeconds",
        publication.scheduled AS "PublicationsScheduled", publication.queued AS "PublicationsQueued",
        publication.processing AS "PublicationsProcessing", publication.publishing AS "PublicationsPublishing"
      FROM account, standing, task, unfinished, write, publication
    `),
});
export type VitalsRepository = ReturnType<typeof createVitalsRepository>;
