import { type CommonQueryMethods, sql } from 'slonik';
import { z } from 'zod';
import { idSchema } from '../contract.ts';

/**
 * SQL that every table of leased work shares: columns `lease_epoch` (the fence: a write carries the epoch it took the lease
 * with), `lease_until`, `attempts`, `throttles`, `resumes_at` (nobody works at it before) and `next_wake_at` (when the tick
 * wakes it). The database's clock decides about leases and due times, everywhere.
 */

/** How long after its lease a crashed row may be picked up: the clock of the tick adds up to its own period. */
const AFTER_LEASE = sql.fragment`interval '2 seconds'`;

/** An interval of so many seconds. */
export const seconds = (value: number) => sql.fragment`make_interval(secs => ${value})`;

/** True of a row that anyone may take: nobody holds it, and its rest is over. */
export const leaseIsFree = sql.fragment`
  (lease_until IS NULL OR lease_until <= service_now()) AND (resumes_at IS NULL OR resumes_at <= service_now())`;

/** Milliseconds until anybody works at a row again, from when it is read; null: nothing keeps it. */
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
 * Assignments that let go of a row until `delaySeconds` from now, or at once for whoever is woken next. Only a pause after a
 * fault of the moment counts as an attempt: being throttled or out of time is nobody's failure.
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

/** Assignments of a row that nobody need work at any more. */
export const leaseEnded = sql.fragment`lease_until = NULL, resumes_at = NULL, next_wake_at = NULL`;

/**
 * Claims up to `limit` rows of `table` that are due, and pushes their next wake-up 2 to 15 minutes away (with jitter), so
 * that a wake-up that is lost is repeated without flooding the queue. `which`: a condition, as the index on `next_wake_at`
 * has it.
 */
export const claimDue = (
  database: CommonQueryMethods,
  table: string,
  which: ReturnType<typeof sql.fragment>,
  limit: number,
): Promise<readonly { account_id: number; id: number }[]> => {
  const name = sql.identifier([table]);
  return database.any(sql.type(z.strictObject({ account_id: idSchema, id: idSchema }))`
    WITH due AS (
      SELECT account_id, id FROM ${name} WHERE next_wake_at <= service_now() AND ${which}
      ORDER BY next_wake_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
    )
    UPDATE ${name} AS work SET next_wake_at = service_now() + interval '2 minutes' + random() * interval '13 minutes'
    FROM due WHERE work.account_id = due.account_id AND work.id = due.id
    RETURNING work.account_id, work.id
  `);
};
