import { ServiceError } from '../errors.ts';
import type { PublishingLimit } from '../instagram/resources/publishing.ts';
import type { QuotaUse } from './repository.ts';

/** Instagram lets an account make so many containers within 24 hours. */
const MAX_CONTAINERS_A_DAY = 400;
/** Seconds until a new try makes sense where nobody knows when a place becomes free. */
const DEFAULT_WAIT_SECONDS = 3_600;

/** Within which publications count, in seconds, where Instagram does not say. */
export const DEFAULT_WINDOW_SECONDS = 86_400;

/** Which of the account's quotas has no room for a publication, and in how many seconds it may have. */
export interface QuotaReached {
  quota: 'publications' | 'containers';
  waitSeconds: number;
}

/**
 * What keeps one more publication from fitting into the account's quotas; null: it fits. Instagram's figure lags by
 * minutes, so our own publications of the last ones are added to it; what was published by others only it knows.
 */
export const findQuotaReached = (
  limit: PublishingLimit | null,
  use: QuotaUse,
  containersNeeded: number,
): QuotaReached | null => {
  const total = limit?.quota_total ?? null;
  const published = Math.max(use.published, (limit?.quota_usage ?? 0) + use.lately);
  if (total !== null && published + use.reserved >= total) {
    const leavesIn = use.published + use.reserved >= total ? use.published_leaves_in : null; // else others' take the room
    return { quota: 'publications', waitSeconds: leavesIn ?? DEFAULT_WAIT_SECONDS };
  }
  const containers = use.containers + use.containers_reserved + containersNeeded;
  if (containers <= MAX_CONTAINERS_A_DAY) return null;
  return { quota: 'containers', waitSeconds: use.container_leaves_in ?? DEFAULT_WAIT_SECONDS };
};

const WORDS: Readonly<Record<QuotaReached['quota'], string>> = {
  publications: 'The account has published as much as Instagram allows within a day',
  containers:
    `Instagram lets an account prepare ${MAX_CONTAINERS_A_DAY} media for publishing within a day, failed ones and each part ` +
    'of a carousel included, and this would be more; the publishing quota itself is not used up',
};

/** Says so, with when to come again. */
export const publishingLimitReached = ({ quota, waitSeconds }: QuotaReached): ServiceError =>
  new ServiceError('publishing_limit_reached', WORDS[quota], {
    retryAfterSeconds: Math.max(1, Math.ceil(waitSeconds)),
  });
