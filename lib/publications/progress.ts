import { type Backoff, pauseAfter } from '../backoff.ts';
import type { Container, PublicationRow } from './schema.ts';

/** Instagram has prepared a container within this time, or never will. */
export const CONTAINER_PATIENCE_MS = 60 * 60_000;
/**
 * So long after it was made, a container that Instagram does not show counts as ready. In an outage of weeks, single
 * objects could not be read while writes worked; publishing one that is not ready is refused without harm.
 */
export const BLIND_AFTER_MS = 60_000;

/** The next step towards publishing. `instead`: the container that the new one replaces. */
export type Step =
  | { do: 'make'; part: number | null; instead: Container | null }
  | { do: 'read_status'; containers: readonly Container[] }
  | { do: 'publish' };

const hasId = (container: Container | undefined): container is Container & { instagram_id: string } =>
  container !== undefined && container.instagram_id !== null;

/** Whether a container can be published, or used as a part. */
export const isReady = ({ status_code, age_ms }: Container): boolean =>
  status_code === 'FINISHED' ||
  status_code === 'PUBLISHED' ||
  (status_code === 'UNREADABLE' && age_ms >= BLIND_AFTER_MS);

/**
 * Tells the next step from the row: first all parts of a carousel, then the publication's own container, then
 * publishing.
 */
export const nextStep = ({
  kind,
  request,
  containers,
}: Pick<PublicationRow, 'kind' | 'request' | 'containers'>): Step => {
  const of = (part: number | null) => containers.find((container) => container.part === part);
  const parts = kind === 'carousel' ? request.files.map((_, index) => index) : [];
  const missing = parts.find((part) => !hasId(of(part)));
  if (missing !== undefined) return { do: 'make', part: missing, instead: of(missing) ?? null };
  const unfinished = parts.flatMap((part) => of(part) ?? []).filter((container) => !isReady(container));
  if (unfinished.length > 0) return { do: 'read_status', containers: unfinished };
  const own = of(null);
  if (!hasId(own)) return { do: 'make', part: null, instead: own ?? null };
  return isReady(own) ? { do: 'publish' } : { do: 'read_status', containers: [own] };
};

const STATUS_READ_SECONDS: Backoff = { first: 1, max: 60 };

/** Seconds until the next read of a container's status, by the number of reads before: 1, doubling up to a minute. */
export const statusReadDelaySeconds = (reads: number): number => pauseAfter(reads, STATUS_READ_SECONDS);
