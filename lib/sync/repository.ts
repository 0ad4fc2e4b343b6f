import { type CommonQueryMethods, sql } from 'slonik';
import { z } from 'zod';
import { idSchema } from '../contract.ts';
import type { AccountScope } from '../database/account-scope.ts';
import { jsonb } from '../database/jsonb.ts';
import {
  claimDue,
  hasKey,
  leaseEnded,
  leaseExtended,
  leaseIsFree,
  leaseReleased,
  leaseTaken,
  resumesInMs,
} from '../database/leases.ts';
import { pageById } from '../database/page-by-id.ts';
import { selectList } from '../database/select-list.ts';
import type { Failure } from '../failure.ts';
import type { PageById } from '../pagination.ts';
import type { PageStatement } from '../posts/index.ts';
import type { Delay, Lease, WorkKey } from '../wake-ups/turn.ts';
import {
  type SyncMode,
  type SyncPosition,
  type SyncRunRow,
  type SyncStatus,
  type SyncWarning,
  syncModeSchema,
  syncRunRowSchema,
} from './schema.ts';

const ACTIVE = sql.fragment`('queued', 'running', 'waiting')`;
/** A recent run is stored as an incremental one, which code of before can go on with. */
const MODE = sql.fragment`CASE WHEN recent_since IS NULL THEN mode ELSE 'recent' END AS mode`;
/** How far back a recent run reads. */
const RECENT = sql.fragment`interval '30 days'`;
const RUN = selectList(syncRunRowSchema, { computed: { mode: MODE, resumes_in_ms: resumesInMs } });
const textArray = (values: readonly string[]) => sql.array([...values], 'text');
/** True of a row while nobody else has taken the lease: only then may we write. */
const isLeased = (lease: Lease) =>
  sql.fragment`${hasKey(lease)} AND lease_epoch = ${lease.lease_epoch} AND status = 'running'`;

/** Assignments that ask an active run to stop: at its next write or, if nobody works at it, at once. */
const CANCEL_REQUESTED = sql.fragment`
  cancel_requested_at = coalesce(cancel_requested_at, service_now()),
  status = CASE WHEN lease_until > service_now() THEN status ELSE 'cancelled' END,
  finished_at = CASE WHEN lease_until > service_now() THEN NULL ELSE service_now() END,
  resumes_at = CASE WHEN lease_until > service_now() THEN resumes_at END`;

/** For the statement of `recordPage`: true while the run may be written. */
export const mayRecord = sql.fragment`EXISTS (SELECT FROM leased)`;

const recordedPageSchema = z.strictObject({
  mode: syncModeSchema,
  /** Posts listed by the run so far. */
  listed: z.int(),
  /** Posts of this page that are as they were stored, but perhaps for their counts; and the runs that saw its posts last. */
  settled: z.int(),
  previous_run_ids: z.array(idSchema.nullable()),
});
export type RecordedPage = z.output<typeof recordedPageSchema>;

const startedSchema = z.strictObject({ ...syncRunRowSchema.shape, joined: z.boolean() });

/** The `sync_runs` table. Leases and due times go by the database's clock everywhere. */
export const createSyncRunRepository = (database: CommonQueryMethods) => ({
  /**
   * Starts a run, or joins the account's active run: that can make its `mode` and `include` larger, never smaller. A run that
   * left missing posts alone because they were too many does that phase again once they are accepted.
   */
  start: ({
    account_id,
    mode,
    include,
    accept_missing,
  }: {
    account_id: number;
    mode: SyncMode;
    include: readonly string[];
    accept_missing: boolean;
  }): Promise<SyncRunRow & { joined: boolean }> =>
    database.one(sql.type(startedSchema)`
      INSERT INTO sync_runs AS stored (account_id, id, mode, recent_since, include, accept_missing, next_wake_at)
      VALUES (
        ${account_id}, next_row_id(${account_id}), ${mode === 'full' ? 'full' : 'incremental'},
        ${mode === 'recent' ? sql.fragment`service_now() - ${RECENT}` : sql.fragment`NULL`}, ${textArray(include)},
        ${accept_missing}, service_now()
      )
      ON CONFLICT (account_id) WHERE status IN ${ACTIVE} DO UPDATE SET
        mode = CASE WHEN excluded.mode = 'full' THEN 'full' ELSE stored.mode END,
        recent_since = CASE WHEN 'full' NOT IN (excluded.mode, stored.mode)
                       THEN coalesce(stored.recent_since, excluded.recent_since) END,
        include = ARRAY(SELECT DISTINCT unnest(stored.include || excluded.include)),
        accept_missing = stored.accept_missing OR excluded.accept_missing,
        done = CASE
          WHEN excluded.accept_missing AND NOT stored.accept_missing THEN array_remove(stored.done, 'missing')
          WHEN excluded.recent_since > '-infinity' AND stored.recent_since IS NULL AND stored.mode <> 'full'
            AND NOT stored.complete THEN array_remove(stored.done, 'media')
          ELSE stored.done END,
        warnings = CASE WHEN excluded.accept_missing
                   THEN array_remove(stored.warnings, 'shrink_guard') ELSE stored.warnings END
      RETURNING ${RUN}, old.id IS NOT NULL AS joined
    `),

  /** Seconds since a run of an account was asked for that has succeeded or may yet; null: there is none. */
  lastRequestedAgo: (account_id: number): Promise<number | null> =>
    database.maybeOneFirst(sql.type(z.strictObject({ seconds: z.number() }))`
      SELECT extract(epoch FROM service_now() - requested_at)::float8 AS seconds
      FROM sync_runs WHERE account_id = ${account_id} AND status NOT IN ('failed', 'cancelled') ORDER BY id DESC LIMIT 1
    `),

  /** One run of any of the accounts, or null. */
  find: (scope: AccountScope, id: number): Promise<SyncRunRow | null> =>
    database.maybeOne(sql.type(syncRunRowSchema)`
      SELECT ${RUN} FROM sync_runs WHERE account_id IN (${scope}) AND id = ${id}
    `),

  /** Up to `limit` runs of an account in the position's direction; by id, which grows with every run. */
  list: (page: PageById): Promise<readonly SyncRunRow[]> =>
    database.any(sql.type(syncRunRowSchema)`SELECT ${RUN} FROM sync_runs ${pageById('sync_runs', page)}`),

  /** Asks an active run to stop at its next write; a run without a lease stops at once. Null: it is not active. */
  requestCancel: (key: WorkKey): Promise<SyncRunRow | null> =>
    database.maybeOne(sql.type(syncRunRowSchema)`
      UPDATE sync_runs SET ${CANCEL_REQUESTED} WHERE ${hasKey(key)} AND status IN ${ACTIVE} RETURNING ${RUN}
    `),

  /** The same for the account's active run, if there is one. */
  requestCancelOfActive: async (account_id: number): Promise<void> => {
    await database.query(sql.unsafe`
      UPDATE sync_runs SET ${CANCEL_REQUESTED} WHERE account_id = ${account_id} AND status IN ${ACTIVE}
    `);
  },

  /** Takes the lease of a due run, and counts the attempt. Null: it is leased, waiting or finished. */
  takeLease: (key: WorkKey, leaseSeconds: number): Promise<SyncRunRow | null> =>
    database.maybeOne(sql.type(syncRunRowSchema)`
      UPDATE sync_runs SET
        status = 'running', started_at = coalesce(started_at, service_now()), ${leaseTaken(leaseSeconds)}
      WHERE ${hasKey(key)} AND status IN ${ACTIVE} AND ${leaseIsFree}
      RETURNING ${RUN}
    `),

  /** The first statement of every write: extends the lease and locks the row. Null: the lease is lost. */
  extendLease: (lease: Lease, leaseSeconds: number): Promise<SyncRunRow | null> =>
    database.maybeOne(sql.type(syncRunRowSchema)`
      UPDATE sync_runs SET ${leaseExtended(leaseSeconds)} WHERE ${isLeased(lease)} RETURNING ${RUN}
    `),

  /**
   * Stores a page in one statement: locks the row, writes the posts, extends the lease, and stores the run's counts, the
   * position to continue from and the cursor that led there. Progress sets the attempts back to 0. Null, with nothing
   * written: the lease is lost, or the run was asked to stop.
   */
  recordPage: (
    lease: Lease,
    leaseSeconds: number,
    posts: PageStatement,
    page: { fetched: number; position: SyncPosition; cursor_seen: string | null; expected: number | null },
  ): Promise<RecordedPage | null> =>
    database.maybeOne(sql.type(recordedPageSchema)`
      WITH leased AS MATERIALIZED (
        SELECT FROM sync_runs WHERE ${isLeased(lease)} AND cancel_requested_at IS NULL FOR NO KEY UPDATE
      ), written AS (${posts.write}), stored AS (${posts.count})
      UPDATE sync_runs AS run SET
        ${leaseExtended(leaseSeconds)},
        pages = run.pages + 1, fetched = run.fetched + ${page.fetched}, created = run.created + stored.created,
        updated = run.updated + stored.updated, unchanged = run.unchanged + stored.unchanged,
        expected = coalesce(${page.expected}, run.expected), position = ${jsonb(page.position)},
        cursors_seen = run.cursors_seen || ${textArray(page.cursor_seen === null ? [] : [page.cursor_seen])},
        attempts = 0, throttles = 0, error = NULL
      FROM stored WHERE ${isLeased(lease)} AND cancel_requested_at IS NULL
      RETURNING ${MODE}, run.created + run.updated + run.unchanged AS listed, stored.unchanged + stored.counted AS settled,
        stored.previous_run_ids
    `),

  /**
   * Ends the walk over the media. `complete`: at the listing's end. `contiguous`: there, or at a page after which all is
   * stored already.
   */
  finishMedia: (
    lease: Lease,
    outcome: { complete: boolean; contiguous: boolean; floor: string | null; warnings: readonly SyncWarning[] },
  ) =>
    database.query(sql.unsafe`
      UPDATE sync_runs SET
        done = CASE WHEN 'media' = ANY(done) THEN done ELSE done || '{media}' END,
        complete = ${outcome.complete}, contiguous = ${outcome.contiguous}, floor = ${outcome.floor}::timestamptz, position = NULL,
        cursors_seen = '{}', warnings = ARRAY(SELECT DISTINCT unnest(warnings || ${textArray(outcome.warnings)}))
      WHERE ${isLeased(lease)}
    `),

  /** Begins again at the top of the listing. What is stored and counted stays. */
  restartMedia: (lease: Lease, { restarts }: { restarts: number }) =>
    database.query(sql.unsafe`
      UPDATE sync_runs SET position = NULL, cursors_seen = '{}', restarts = ${restarts} WHERE ${isLeased(lease)}
    `),

  /** Counts the triage of a missing post, and the post if it is `gone`. */
  recordProbe: (lease: Lease, { gone }: { gone: boolean }) =>
    database.query(sql.unsafe`
      UPDATE sync_runs SET probed = probed + 1, gone = gone + ${gone ? 1 : 0}, attempts = 0, throttles = 0
      WHERE ${isLeased(lease)}
    `),

  /** Notes progress that no count shows, and warnings. */
  recordProgress: (lease: Lease, warnings: readonly SyncWarning[] = []) =>
    database.query(sql.unsafe`
      UPDATE sync_runs SET
        attempts = 0, throttles = 0, error = NULL,
        warnings = ARRAY(SELECT DISTINCT unnest(warnings || ${textArray(warnings)}))
      WHERE ${isLeased(lease)}
    `),

  /** Ends a phase, with its warnings. */
  finishPhase: (lease: Lease, phase: string, warnings: readonly SyncWarning[] = []) =>
    database.query(sql.unsafe`
      UPDATE sync_runs SET
        done = done || ${textArray([phase])}, attempts = 0,
        warnings = ARRAY(SELECT DISTINCT unnest(warnings || ${textArray(warnings)}))
      WHERE ${isLeased(lease)}
    `),

  /** Ends the run. False: the lease is lost. */
  finish: async (
    lease: Lease,
    status: Extract<SyncStatus, 'succeeded' | 'failed' | 'cancelled'>,
    error: Failure | null,
  ) => {
    const { rowCount } = await database.query(sql.unsafe`
      UPDATE sync_runs SET
        status = ${status}, error = ${jsonb(error)}, finished_at = service_now(), ${leaseEnded}
      WHERE ${isLeased(lease)}
    `);
    return rowCount === 1;
  },

  /** Gives the lease back: the run waits for a while, or is free at once. A run that was asked to stop ends here. */
  release: async (lease: Lease, { delaySeconds, reason, error = null }: Delay): Promise<void> => {
    const { rowCount } = await database.query(sql.unsafe`
      UPDATE sync_runs SET
        status = ${delaySeconds > 0 ? 'waiting' : 'running'}, error = ${jsonb(error)},
        ${leaseReleased({ delaySeconds, reason })}
      WHERE ${isLeased(lease)} AND cancel_requested_at IS NULL
    `);
    if (rowCount === 1) return;
    await database.query(sql.unsafe`
      UPDATE sync_runs SET status = 'cancelled', finished_at = service_now(), ${leaseEnded}
      WHERE ${isLeased(lease)} AND cancel_requested_at IS NOT NULL
    `);
  },

  /** Whether none of these runs left a gap: then every media older than those they saw is stored. */
  areContiguous: (account_id: number, runIds: readonly number[]): Promise<boolean> =>
    database.oneFirst(sql.type(z.strictObject({ contiguous: z.boolean() }))`
      SELECT count(*) = ${runIds.length} AS contiguous FROM sync_runs
      WHERE account_id = ${account_id} AND id = ANY(${sql.array([...runIds], 'int8')}) AND contiguous
    `),

  /** Claims up to `limit` runs that are due. */
  claimDue: (limit: number): Promise<readonly WorkKey[]> =>
    claimDue(database, 'sync_runs', sql.fragment`status IN ${ACTIVE}`, limit),
});
export type SyncRunRepository = ReturnType<typeof createSyncRunRepository>;
