import { type CommonQueryMethods, sql } from 'slonik';
import { z } from 'zod';
import { idSchema } from '../contract.ts';
import type { AccountScope } from '../database/account-scope.ts';
import {
  claimDue,
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
import type { Lease, Rest, WorkKey } from '../wake-ups/turn.ts';
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
const RUN = selectList(syncRunRowSchema, { computed: { resumes_in_ms: resumesInMs } });
const textArray = (values: readonly string[]) => sql.array([...values], 'text');
const json = (value: unknown) => sql.fragment`${value === null ? null : JSON.stringify(value)}::jsonb`;
const keyOf = ({ account_id, id }: WorkKey) => sql.fragment`account_id = ${account_id} AND id = ${id}`;
/** A write is ours only while nobody else has taken the lease since. */
const held = (lease: Lease) =>
  sql.fragment`${keyOf(lease)} AND lease_epoch = ${lease.lease_epoch} AND status = 'running'`;

/** True, in a statement that records a page, while the run may be written to. */
export const mayRecord = sql.fragment`EXISTS (SELECT FROM held)`;

const recordedPageSchema = z.strictObject({
  mode: syncModeSchema,
  /** Posts listed by the run so far. */
  listed: z.int(),
  /** Of this page, and the runs that saw its posts last. */
  unchanged: z.int(),
  previous_run_ids: z.array(idSchema.nullable()),
});
export type RecordedPage = z.output<typeof recordedPageSchema>;

const startedSchema = z.strictObject({ ...syncRunRowSchema.shape, joined: z.boolean() });

/** The `sync_runs` table. The database's clock decides about leases and due times, everywhere. */
export const createSyncRunRepository = (database: CommonQueryMethods) => ({
  /**
   * Starts a run, or joins the account's active one and asks it for more: `mode` and `include` only ever grow.
   * A run whose missing posts were held back looks at them again once they are accepted.
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
      INSERT INTO sync_runs AS stored (account_id, id, mode, include, accept_missing, next_wake_at)
      VALUES (${account_id}, next_row_id(${account_id}), ${mode}, ${textArray(include)}, ${accept_missing}, service_now())
      ON CONFLICT (account_id) WHERE status IN ${ACTIVE} DO UPDATE SET
        mode = CASE WHEN excluded.mode = 'full' THEN 'full' ELSE stored.mode END,
        include = ARRAY(SELECT DISTINCT unnest(stored.include || excluded.include)),
        accept_missing = stored.accept_missing OR excluded.accept_missing,
        done = CASE WHEN excluded.accept_missing AND NOT stored.accept_missing
               THEN array_remove(stored.done, 'missing') ELSE stored.done END,
        warnings = CASE WHEN excluded.accept_missing
                   THEN array_remove(stored.warnings, 'shrink_guard') ELSE stored.warnings END
      RETURNING ${RUN}, old.id IS NOT NULL AS joined
    `),

  /** One run of any of the accounts, or null. */
  find: (scope: AccountScope, id: number): Promise<SyncRunRow | null> =>
    database.maybeOne(sql.type(syncRunRowSchema)`
      SELECT ${RUN} FROM sync_runs WHERE account_id IN (${scope}) AND id = ${id}
    `),

  /** Up to `limit` runs of an account in the position's direction; by id, which grows with every run. */
  list: (page: PageById): Promise<readonly SyncRunRow[]> =>
    database.any(sql.type(syncRunRowSchema)`SELECT ${RUN} FROM sync_runs ${pageById('sync_runs', page)}`),

  /** Asks an active run to stop at its next write; a run that nobody holds stops at once. Null: not active. */
  requestCancel: (key: WorkKey): Promise<SyncRunRow | null> =>
    database.maybeOne(sql.type(syncRunRowSchema)`
      UPDATE sync_runs SET
        cancel_requested_at = coalesce(cancel_requested_at, service_now()),
        status = CASE WHEN lease_until > service_now() THEN status ELSE 'cancelled' END,
        finished_at = CASE WHEN lease_until > service_now() THEN NULL ELSE service_now() END,
        resumes_at = CASE WHEN lease_until > service_now() THEN resumes_at END
      WHERE ${keyOf(key)} AND status IN ${ACTIVE}
      RETURNING ${RUN}
    `),

  /** Takes the lease where it is free and due, and counts the attempt. Null: held, waiting, or finished. */
  takeLease: (key: WorkKey, leaseSeconds: number): Promise<SyncRunRow | null> =>
    database.maybeOne(sql.type(syncRunRowSchema)`
      UPDATE sync_runs SET
        status = 'running', started_at = coalesce(started_at, service_now()), ${leaseTaken(leaseSeconds)}
      WHERE ${keyOf(key)} AND status IN ${ACTIVE} AND ${leaseIsFree}
      RETURNING ${RUN}
    `),

  /** First statement of every write: extends the lease and locks the row. Null: somebody else holds the run now. */
  extendLease: (lease: Lease, leaseSeconds: number): Promise<SyncRunRow | null> =>
    database.maybeOne(sql.type(syncRunRowSchema)`
      UPDATE sync_runs SET ${leaseExtended(leaseSeconds)} WHERE ${held(lease)} RETURNING ${RUN}
    `),

  /**
   * Stores a page in one statement: the row is locked, `posts` are written (only if `mayRecord`), the lease is extended, and
   * the run has its counts, the place to go on from, and the cursor that led on from it. Progress clears attempts. Null,
   * with nothing written: somebody else holds the run now, or it was asked to stop.
   */
  recordPage: (
    lease: Lease,
    leaseSeconds: number,
    posts: PageStatement,
    page: { fetched: number; position: SyncPosition; cursor_seen: string | null; expected: number | null },
  ): Promise<RecordedPage | null> =>
    database.maybeOne(sql.type(recordedPageSchema)`
      WITH held AS MATERIALIZED (
        SELECT FROM sync_runs WHERE ${held(lease)} AND cancel_requested_at IS NULL FOR NO KEY UPDATE
      ), written AS (${posts.write}), stored AS (${posts.count})
      UPDATE sync_runs AS run SET
        ${leaseExtended(leaseSeconds)},
        pages = run.pages + 1, fetched = run.fetched + ${page.fetched}, created = run.created + stored.created,
        updated = run.updated + stored.updated, unchanged = run.unchanged + stored.unchanged,
        expected = coalesce(${page.expected}, run.expected), position = ${json(page.position)},
        cursors_seen = run.cursors_seen || ${textArray(page.cursor_seen === null ? [] : [page.cursor_seen])},
        attempts = 0, throttles = 0, error = NULL
      FROM stored WHERE ${held(lease)} AND cancel_requested_at IS NULL
      RETURNING run.mode, run.created + run.updated + run.unchanged AS listed, stored.unchanged,
        stored.previous_run_ids
    `),

  /** The walk over the media is over: at the listing's end (`complete`), or at a page that an earlier run covers. */
  finishMedia: (lease: Lease, outcome: { complete: boolean; floor: string | null; warnings: readonly SyncWarning[] }) =>
    database.query(sql.unsafe`
      UPDATE sync_runs SET
        done = CASE WHEN 'media' = ANY(done) THEN done ELSE done || '{media}' END,
        complete = ${outcome.complete}, contiguous = true, floor = ${outcome.floor}::timestamptz, position = NULL,
        cursors_seen = '{}', warnings = ARRAY(SELECT DISTINCT unnest(warnings || ${textArray(outcome.warnings)}))
      WHERE ${held(lease)}
    `),

  /** Goes back to the top of the listing, keeping what is stored and counted. */
  restartMedia: (lease: Lease, { restarts }: { restarts: number }) =>
    database.query(sql.unsafe`
      UPDATE sync_runs SET position = NULL, cursors_seen = '{}', restarts = ${restarts} WHERE ${held(lease)}
    `),

  /** One missing post was asked for by id; it was `gone` or it was not. */
  recordProbe: (lease: Lease, { gone }: { gone: boolean }) =>
    database.query(sql.unsafe`
      UPDATE sync_runs SET probed = probed + 1, gone = gone + ${gone ? 1 : 0}, attempts = 0, throttles = 0
      WHERE ${held(lease)}
    `),

  /** Something was achieved that no count tells of; and what there is to warn of. */
  recordProgress: (lease: Lease, warnings: readonly SyncWarning[] = []) =>
    database.query(sql.unsafe`
      UPDATE sync_runs SET
        attempts = 0, throttles = 0, error = NULL,
        warnings = ARRAY(SELECT DISTINCT unnest(warnings || ${textArray(warnings)}))
      WHERE ${held(lease)}
    `),

  finishPhase: (lease: Lease, phase: string, warnings: readonly SyncWarning[] = []) =>
    database.query(sql.unsafe`
      UPDATE sync_runs SET
        done = done || ${textArray([phase])}, attempts = 0,
        warnings = ARRAY(SELECT DISTINCT unnest(warnings || ${textArray(warnings)}))
      WHERE ${held(lease)}
    `),

  /** Ends the run; true when it was ours to end. */
  finish: async (
    lease: Lease,
    status: Extract<SyncStatus, 'succeeded' | 'failed' | 'cancelled'>,
    error: Failure | null,
  ) => {
    const { rowCount } = await database.query(sql.unsafe`
      UPDATE sync_runs SET
        status = ${status}, error = ${json(error)}, finished_at = service_now(), ${leaseEnded}
      WHERE ${held(lease)}
    `);
    return rowCount === 1;
  },

  /** Lets go of the run for a while, or at once for whoever is woken next; one that was asked to stop ends here. */
  release: async (lease: Lease, { delaySeconds, reason, error = null }: Rest): Promise<void> => {
    const { rowCount } = await database.query(sql.unsafe`
      UPDATE sync_runs SET
        status = ${delaySeconds > 0 ? 'waiting' : 'running'}, error = ${json(error)},
        ${leaseReleased({ delaySeconds, reason })}
      WHERE ${held(lease)} AND cancel_requested_at IS NULL
    `);
    if (rowCount === 1) return;
    await database.query(sql.unsafe`
      UPDATE sync_runs SET status = 'cancelled', finished_at = service_now(), ${leaseEnded}
      WHERE ${held(lease)} AND cancel_requested_at IS NOT NULL
    `);
  },

  /** Whether all of these runs ended without a gap: then every media older than what they saw is stored. */
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
