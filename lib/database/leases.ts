import { type CommonQueryMethods, sql } from 'slonik';
import { z } from 'zod';
import { idSchema } from '../contract.ts';

/**
 * SQL that every table of leased work shares. Its columns: `lease_epoch` (the fence: a write carries the epoch of its
 * lease), `lease_until`, `attempts`, `throttles`, `resumes_at` (nobody works at the row before) and `next_wake_at`
 * (when the tick wakes it). The database's clock decides about leases and due times, everywhere.
 */

/** How long after the end of its lease the row of a crashed worker is due: the tick then finds its lease free. */
const AFTER_LEASE = sql.fragment`interval '2 seconds'`;

/** True of the row with this key. */
export const hasKey = ({ account_id, id }: { account_id: number; id: number }) =>
  sql.fragment`account_id = ${account_id} AND id = ${id}`;

/** An interval of seconds. */
export const seconds = (value: number) => sql.fragment`make_interval(secs => ${value})`;

/** True of a row that anyone may take: nobody has a lease, and its pause is over. */
export const leaseIsFree = sql.fragment`
  (lease_until IS NULL OR lease_until <= service_now()) AND (resumes_at IS NULL OR resumes_at <= service_now())`;

/** Milliseconds from now until anybody may work at a row; null: nothing delays it. */
export const resumesInMs = sql.fragment`
  extract(epoch FROM resumes_at - service_now())::float8 * 1000 AS resumes_in_ms`;

/** Assignments that extend a lease. */
export const leaseExtended = (leaseSeconds: number) => sql.fragment`
  lease_until = service_now() + ${seconds(leaseSeconds)},
  next_wake_at = service_now() + ${seconds(leaseSeconds)} + ${AFTER_LEASE}`;

/** Assignments that take a lease, and count the attempt. */
export const leaseTaken = (leaseSeconds: number) => sql.fragment`
  lease_epoch = lease_epoch + 1, attempts = attempts + 1, resumes_at = NULL, ${leaseExtended(leaseSeconds)}`;

/**
 * Assignments that give a lease back: the row is due in `delaySeconds`. Only a pause after a fault counts as an
 * attempt: a row that was throttled or out of time has not failed.
 */
export const leaseReleased = ({
  delaySeconds,
  reason,
}: {
  delaySeconds: number;
  reason: 'throttled' | 'fault' | 'planned';
}) => sql.fragment`
  lease_until = NULL,
  resumes_at = ${delaySeconds > 0 ? sql.fragment`service_now() + ${seconds(delaySeconds)}` : sql.fragment`NULL`},
  next_wake_at = service_now() + ${seconds(delaySeconds)},
  throttles = throttles + ${reason === 'throttled' ? 1 : 0},
  attempts = greatest(attempts - ${reason === 'fault' ? 0 : 1}, 0)`;

/** Assignments that close a row. */
export const leaseEnded = sql.fragment`lease_until = NULL, resumes_at = NULL, next_wake_at = NULL`;

/**
 * Claims up to `limit` rows of `table` that are due, and puts their next wake-up 2 to 15 minutes off, at random: a lost
 * wake-up is repeated, and the queue is not flooded. `which`: a condition that the index on `next_wake_at` has too.
 *
 * The oldest are taken first, and only then asked whether they are due: the planner cannot know how many are due, and
 * before it knows the table it would rather sort all of them than read the first few from the index. Rows are named by
 * where they lie (`ctid`), which no plan can make costly. One that somebody else has changed meanwhile lies elsewhere: it
 * is left for the next time.
 */
export const claimDue = (
  database: CommonQueryMethods,
  table: string,
  which: ReturnType<typeof sql.fragment>,
  limit: number,
): Promise<readonly { account_id: number; id: number }[]> => {
  const name = sql.identifier([table]);
  return database.any(sql.type(z.strictObject({ account_id: idSchema, id: idSchema }))`
    WITH oldest AS MATERIALIZED (
      SELECT ctid FROM ${name} WHERE next_wake_at IS NOT NULL AND ${which} ORDER BY next_wake_at LIMIT ${limit}
    ), due AS MATERIALIZED (
      SELECT ctid FROM ${name} WHERE ctid = ANY (ARRAY(SELECT ctid FROM oldest)) AND next_wake_at <= service_now()
      FOR UPDATE SKIP LOCKED
    )
    UPDATE ${name} SET next_wake_at = service_now() + interval '2 minutes' + random() * interval '13 minutes'
    WHERE ctid = ANY (ARRAY(SELECT ctid FROM due))
    RETURNING account_id, id
  `);
};
