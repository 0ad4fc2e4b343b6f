import type { CommonQueryMethods } from 'slonik';
import { ServiceError } from '../errors.ts';
import type { InstagramError } from '../instagram/errors.ts';
import type { TokenHolder } from './repository.ts';
import { recordTokenState } from './token-state.ts';
import { recordThrottle } from './usage.ts';
import { createUsageRepository, type Standing } from './usage-repository.ts';

const THROTTLE_SECONDS = 300;
const BLOCK_SECONDS = 15 * 60;

/**
 * Remembers what a failed call says about the account, as it was read before the call: its token is dead, its calls or its
 * writes are stopped.
 */
export const recordStanding = async (
  connection: CommonQueryMethods,
  account: TokenHolder,
  { kind, problemCode, retryAfterSeconds, details }: InstagramError,
): Promise<void> => {
  if (kind === 'token') await recordTokenState(connection, account, 'dead', details);
  if (kind === 'throttled') await recordThrottle(connection, account.id, retryAfterSeconds ?? THROTTLE_SECONDS);
  // The publishing quota is a block too, but of publishing alone.
  if (kind === 'blocked' && problemCode === 'instagram_rejected') {
    await createUsageRepository(connection).blockWrites(account.id, retryAfterSeconds ?? BLOCK_SECONDS, details);
  }
};

/** Seconds for which nothing may be asked of Instagram without a person waiting for it; 0 when it may. */
export const readQuietSeconds = async (connection: CommonQueryMethods, accountId: number): Promise<number> => {
  const { throttled_seconds, blocked_seconds } = await createUsageRepository(connection).standing(accountId);
  return Math.max(throttled_seconds, blocked_seconds);
};

/**
 * Lets a write pass unless Instagram has stopped the account: calling on would prolong it. A dead token does not stop a
 * person's request: it may have been revived, and its success tells us.
 * @throws {ServiceError} `instagram_rate_limited` or `writes_blocked`, with `Retry-After`.
 */
export const ensureMayWrite = async (connection: CommonQueryMethods, accountId: number): Promise<void> =>
  ensureStanding(await createUsageRepository(connection).standing(accountId));

/** The same for an account that was read just now. */
export const ensureStanding = ({ throttled_seconds, blocked_seconds, block }: Standing): void => {
  if (blocked_seconds > 0) {
    throw new ServiceError('writes_blocked', 'Instagram has blocked writes of this account for a while', {
      retryAfterSeconds: blocked_seconds,
      ...(block === null ? {} : { instagram: block }),
    });
  }
  if (throttled_seconds > 0) {
    throw new ServiceError('instagram_rate_limited', 'Instagram limits our calls for this account for now', {
      retryAfterSeconds: throttled_seconds,
    });
  }
};
