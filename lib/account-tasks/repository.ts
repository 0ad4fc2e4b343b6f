import { type CommonQueryMethods, type FragmentSqlToken, sql } from 'slonik';
import { jsonb } from '../database/jsonb.ts';
import {
  claimDue,
  hasKey,
  leaseExtended,
  leaseIsFree,
  leaseReleased,
  leaseTaken,
  seconds,
} from '../database/leases.ts';
import { selectList } from '../database/select-list.ts';
import type { Failure } from '../failure.ts';
import type { Delay, Lease, WorkKey } from '../wake-ups/turn.ts';
import { type AccountTaskRow, accountTaskRowSchema, TASKS, type TaskName } from './schema.ts';

const TASK = selectList(accountTaskRowSchema, {
  computed: { every_seconds: sql.fragment`extract(epoch FROM every)::float8 AS every_seconds` },
});
const isLeased = (lease: Lease) =>
  sql.fragment`${hasKey(lease)} AND lease_epoch = ${lease.lease_epoch} AND lease_until IS NOT NULL`;

/** From 0 to 1, the same for an account's task whenever it is asked: so much of a period later than others it is due. */
const PLACE = sql.fragment`(hashtextextended(task, account_id) & 1048575)::float8 / 1048576`;
/** Between two looks of a tick that works. Who was due before has waited for one. */
const OUTAGE = sql.fragment`interval '10 minutes'`;
/** Two tasks that are done at the same time move apart. */
const JITTERED = sql.fragment`(0.95 + random() * 0.1)`;

/** Assignments that end a turn: the task is due again after the pause, give or take a twentieth. */
const dueIn = (pause: FragmentSqlToken) => sql.fragment`
  (due_at, resumes_at, next_wake_at) =
    (SELECT at, at, at FROM (SELECT service_now() + ${pause} * ${JITTERED} AS at OFFSET 0) AS next),
  lease_until = NULL, attempts = 0, throttles = 0`;

/** The `account_tasks` table. A row is never closed: what is done is due again. */
export const createAccountTaskRepository = (database: CommonQueryMethods) => ({
  /**
   * Gives each account the tasks it should have, and takes away those it should not. `every`: seconds; null: the account's own
   * interval. Accounts that do not work, or are synced on request only, are not synced; a paused one's token is kept alive. Who
   * was connected a moment ago, or never synced, sees its first posts, stories and figures at once; all else is due at its place
   * in the period.
   */
  plan: async (every: Readonly<Record<TaskName, number | null>>): Promise<void> => {
    const tasks = sql.unnest(
      TASKS.map((task) => [task, every[task]]),
      ['text', 'int8'],
    );
    await database.query(sql.unsafe`
      WITH wanted AS MATERIALIZED (
        SELECT accounts.id AS account_id, token_since, task, coalesce(seconds, sync_interval_minutes * 60) * interval '1 second' AS every
        FROM accounts CROSS JOIN ${tasks} AS tasks (task, seconds)
        WHERE CASE WHEN task = 'refresh_token' THEN status IN ('active', 'paused')
              ELSE status = 'active' AND sync_interval_minutes > 0 END
      ), dropped AS (
        DELETE FROM account_tasks AS stored
        WHERE NOT EXISTS (SELECT FROM wanted WHERE wanted.account_id = stored.account_id AND wanted.task = stored.task)
      ), changed AS (
        UPDATE account_tasks AS stored SET
          every = wanted.every,
          due_at = least(due_at, service_now() + wanted.every),
          resumes_at = least(resumes_at, service_now() + wanted.every),
          next_wake_at = least(next_wake_at, service_now() + wanted.every)
        FROM wanted
        WHERE wanted.account_id = stored.account_id AND wanted.task = stored.task AND wanted.every <> stored.every
          AND lease_until IS NULL
      )
      INSERT INTO account_tasks (account_id, id, task, every, due_at, resumes_at, next_wake_at)
      SELECT account_id, next_row_id(account_id), task, every, at, at, at
      FROM (
        SELECT account_id, task, every, service_now() + CASE
          WHEN task IN ('sync_hot', 'stories', 'account_figures') AND (
            token_since > service_now() - ${OUTAGE}
            OR NOT EXISTS (SELECT FROM sync_runs WHERE sync_runs.account_id = missing.account_id)
          ) THEN interval '0' ELSE every * (${PLACE}) END AS at
        FROM wanted AS missing
        WHERE NOT EXISTS (
          SELECT FROM account_tasks AS stored WHERE stored.account_id = missing.account_id AND stored.task = missing.task
        )
        OFFSET 0
      ) AS missing
      ON CONFLICT (account_id, task) DO NOTHING
    `);
  },

  /**
   * After an outage: spreads what should have been woken meanwhile over as long a time as the outage took, or over the task's
   * period where that is shorter. So the load comes back flat. `due_at` stays: it tells how late each is, and what was spread or
   * woken once is not put off again.
   */
  spreadOverdue: async (): Promise<number> => {
    const { rowCount } = await database.query(sql.unsafe`
      UPDATE account_tasks AS stored SET resumes_at = later.at, next_wake_at = later.at
      FROM (
        SELECT account_id, id, service_now() + least(every, service_now() - next_wake_at) * (${PLACE}) AS at
        FROM account_tasks
        WHERE next_wake_at < service_now() - ${OUTAGE} AND next_wake_at <= due_at AND (lease_until IS NULL OR lease_until <= service_now())
        OFFSET 0
      ) AS later
      WHERE later.account_id = stored.account_id AND later.id = stored.id
    `);
    return rowCount;
  },

  /** Makes a task due now where the token of its account was found dead: it is to be found out whether that is for good. */
  hasten: async (task: TaskName): Promise<void> => {
    await database.query(sql.unsafe`
      UPDATE account_tasks SET due_at = service_now(), resumes_at = service_now(), next_wake_at = service_now()
      FROM accounts
      WHERE accounts.id = account_id AND token_state = 'dead' AND task = ${task} AND lease_until IS NULL
        AND next_wake_at > service_now() + interval '15 minutes'
    `);
  },

  takeLease: (key: WorkKey, leaseSeconds: number): Promise<AccountTaskRow | null> =>
    database.maybeOne(sql.type(accountTaskRowSchema)`
      UPDATE account_tasks SET ${leaseTaken(leaseSeconds)} WHERE ${hasKey(key)} AND ${leaseIsFree} RETURNING ${TASK}
    `),

  extendLease: (lease: Lease, leaseSeconds: number): Promise<AccountTaskRow | null> =>
    database.maybeOne(sql.type(accountTaskRowSchema)`
      UPDATE account_tasks SET ${leaseExtended(leaseSeconds)} WHERE ${isLeased(lease)} RETURNING ${TASK}
    `),

  /** It could not be done now: it is tried again after the delay. */
  release: async (lease: Lease, { delaySeconds, reason, error = null }: Delay): Promise<void> => {
    await database.query(sql.unsafe`
      UPDATE account_tasks SET ${leaseReleased({ delaySeconds, reason })}, error = ${jsonb(error)} WHERE ${isLeased(lease)}
    `);
  },

  /** It is done, and due again in about so many seconds. */
  finish: async (lease: Lease, delaySeconds: number): Promise<void> => {
    await database.query(sql.unsafe`
      UPDATE account_tasks SET ${dueIn(seconds(delaySeconds))}, done_at = service_now(), error = NULL WHERE ${isLeased(lease)}
    `);
  },

  /** It was tried in vain too often: it is tried again when it would be due next. */
  fail: async (lease: Lease, error: Failure): Promise<void> => {
    await database.query(sql.unsafe`
      UPDATE account_tasks SET ${dueIn(sql.fragment`every`)}, error = ${jsonb(error)} WHERE ${isLeased(lease)}
    `);
  },

  /** Claims up to `limit` tasks that are due. */
  claimDue: (limit: number): Promise<readonly WorkKey[]> =>
    claimDue(database, 'account_tasks', sql.fragment`true`, limit),
});
export type AccountTaskRepository = ReturnType<typeof createAccountTaskRepository>;
