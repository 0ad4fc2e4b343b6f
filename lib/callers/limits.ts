import type { CommonQueryMethods } from 'slonik';
import type { z } from 'zod';
import type { callerEnv } from '../config.ts';
import { ServiceError } from '../errors.ts';
import { type AllowanceRepository, createAllowanceRepository } from './allowance-repository.ts';

/** Who asks; `scopes` null: there is no issuer, so callers cannot be told apart, and none is limited. */
interface Caller {
  principal: string;
  scopes: readonly string[] | null;
}
interface Limit {
  kind: 'requests' | 'upload_bytes' | 'connects';
  /** How much may be used in a period. It comes back evenly: after a tenth of the period, a tenth. 0: no limit. */
  quota: number;
  periodSeconds: number;
  words: string;
}

const HOUR_SECONDS = 60 * 60;
const DAY_SECONDS = 24 * 60 * 60;
const MEGABYTE = 1024 * 1024;

const spend = async (
  allowances: Pick<AllowanceRepository, 'take' | 'secondsUntil'>,
  { principal, scopes }: Caller,
  amount: number,
  { kind, quota, periodSeconds, words }: Limit,
): Promise<void> => {
  if (scopes === null || quota === 0) return;
  const use = { principal, kind, share: amount / quota, periodSeconds };
  // It would never be taken, however long its caller waits.
  if (amount > quota) throw new ServiceError('payload_too_large', words);
  if (await allowances.take(use)) return;
  const wait = Math.max(1, Math.ceil(await allowances.secondsUntil(use)));
  throw new ServiceError('too_many_requests', words, {
    retryAfterSeconds: wait,
    headers: {
      'RateLimit-Policy': `"${kind}";q=${quota};w=${periodSeconds}`,
      RateLimit: `"${kind}";r=0;t=${wait}`,
    },
  });
};

/**
 * What one caller may use of the service, so that it cannot starve the others. Counted in the database, because a caller's
 * requests come to many processes.
 * @throws {ServiceError} `too_many_requests`, with `Retry-After` and `RateLimit`; `payload_too_large` for more than there ever is.
 */
export const createCallerLimits = (
  database: CommonQueryMethods,
  {
    CALLER_REQUESTS_PER_SECOND: perSecond,
    CALLER_UPLOAD_MB_PER_DAY: megabytes,
    CALLER_CONNECTS_PER_HOUR: connects,
  }: z.output<typeof callerEnv>,
) => {
  const allowances = createAllowanceRepository(database);
  return {
    /** Counts a request. */
    request: (caller: Caller): Promise<void> =>
      spend(allowances, caller, 1, {
        kind: 'requests',
        quota: perSecond,
        periodSeconds: 1,
        words: `You may send ${perSecond} requests a second`,
      }),

    /** Counts a file that is uploaded, or for which a form is given out. */
    upload: (caller: Caller, bytes: number): Promise<void> =>
      spend(allowances, caller, bytes, {
        kind: 'upload_bytes',
        quota: megabytes * MEGABYTE,
        periodSeconds: DAY_SECONDS,
        words: `You may upload ${megabytes} MB a day`,
      }),

    /** Counts a token that is handed in, or a login that is begun, whatever becomes of it: each costs calls to Meta. */
    connect: (caller: Caller): Promise<void> =>
      spend(allowances, caller, 1, {
        kind: 'connects',
        quota: connects,
        periodSeconds: HOUR_SECONDS,
        words: `You may connect accounts ${connects} times an hour`,
      }),
  };
};
