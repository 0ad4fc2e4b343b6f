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
 * Stores what a failed call tells about the account, as it was read before the call: its token is dead, its calls are
 * throttled, or its writes are blocked.
 */
export const recordStanding = async (
  connection: CommonQueryMethods,
  account: TokenHolder,
  { kind, problemCode, retryAfterSeconds, isWaitStated, details }: InstagramError,
): Promise<void> => {
  if (kind === 'token') await recordTokenState(connection, account, 'dead', details);
  if (kind === 'throttled') {
    const seconds = retryAfterSeconds ?? THROTTLE_SECONDS;
    await recordThrottle(connection, account.id, seconds, { stated: isWaitStated });
  }
  // A full publishing quota is `blocked` too, but it stops publishing only.
  if (kind === 'blocked' && problemCode === 'instagram_rejected') {
    await createUsageRepository(connection).blockWrites(account.id, retryAfterSeconds ?? BLOCK_SECONDS, details);
  }
};

/** Seconds for which the account is quiet: only requests of waiting people may call Instagram. 0: it is not. */
export const readQuietSeconds = async (connection: CommonQueryMethods, accountId: number): Promise<number> => {
  const { throttled_seconds, blocked_seconds } = await createUsageRepository(connection).standing(accountId);
  return Math.max(throttled_seconds, blocked_seconds);
};

/**
 * Refuses a write while Instagram throttles or blocks the account: more calls would prolong that. A dead token does not
 * stop a person's request: it may work again, and only a success tells us.
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
