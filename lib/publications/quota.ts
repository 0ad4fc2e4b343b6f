import { ServiceError } from '../errors.ts';
import type { PublishingLimit } from '../instagram/resources/publishing.ts';
import type { QuotaUse } from './repository.ts';

/** Containers that Instagram lets an account make within 24 hours. */
const MAX_CONTAINERS_A_DAY = 400;
/** Seconds until the next try, where nobody knows when a place becomes free. */
const DEFAULT_WAIT_SECONDS = 3_600;

/** Seconds within which publications count, where Instagram does not say. */
export const DEFAULT_WINDOW_SECONDS = 86_400;

/** The quota of the account that has no room for a publication, and in how many seconds it may have. */
export interface QuotaReached {
  quota: 'publications' | 'containers';
  waitSeconds: number;
}

/**
 * The quota that has no room for one more publication; null: it fits. Instagram's figure lags by minutes, so our own
 * publications of the last minutes are added; what others published, only Instagram's figure knows.
 */
export const findQuotaReached = (
  limit: PublishingLimit | null,
  use: QuotaUse,
  containersNeeded: number,
): QuotaReached | null => {
  const total = limit?.quota_total ?? null;
  const published = Math.max(use.published, (limit?.quota_usage ?? 0) + use.lately);
  if (total !== null && published + use.reserved >= total) {
    const leavesIn = use.published + use.reserved >= total ? use.published_leaves_in : null; // else publications of others take the room
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

/** The failure of a publication that does not fit. */
export const publishingLimitReached = ({ quota, waitSeconds }: QuotaReached): ServiceError =>
  new ServiceError('publishing_limit_reached', WORDS[quota], {
    retryAfterSeconds: Math.max(1, Math.ceil(waitSeconds)),
  });
