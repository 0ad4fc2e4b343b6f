import { ServiceError } from '../errors.ts';
import type { PublishingLimit } from '../instagram/resources/publishing.ts';
import type { QuotaUse } from './repository.ts';

/** Instagram lets an account make so many containers within 24 hours. */
const CONTAINERS_A_DAY = 400;
/** Seconds until a new try makes sense where nobody knows when a place becomes free. */
const USUAL_WAIT_SECONDS = 3_600;

/** Within which publications count, in seconds, where Instagram does not say. */
export const USUAL_WINDOW_SECONDS = 86_400;

/**
 * Whether one more publication fits into the account's quotas, and if not, how long to wait. Instagram's figure lags by
 * minutes, so our own publications of the last ones are added to it; what was published by others only it knows.
 */
export const quotaWaitSeconds = (
  limit: PublishingLimit | null,
  use: QuotaUse,
  containersNeeded: number,
): number | null => {
  const total = limit?.quota_total ?? null;
  const published = Math.max(use.published, (limit?.quota_usage ?? 0) + use.lately);
  if (total !== null && published + use.reserved >= total) {
    const ours = use.published + use.reserved >= total;
    return ours ? (use.published_leaves_in ?? USUAL_WAIT_SECONDS) : USUAL_WAIT_SECONDS;
  }
  const containers = use.containers + use.containers_reserved + containersNeeded;
  if (containers > CONTAINERS_A_DAY) return use.container_leaves_in ?? USUAL_WAIT_SECONDS;
  return null;
};

/** Says so, with when to come again. */
export const publishingLimitReached = (waitSeconds: number): ServiceError =>
  new ServiceError('publishing_limit_reached', 'The account has published as much as Instagram allows within a day', {
    retryAfterSeconds: Math.max(1, Math.ceil(waitSeconds)),
  });
