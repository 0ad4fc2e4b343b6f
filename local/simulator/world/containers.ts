import { numericId } from './ids.ts';
import type { NewMedia, Seconds } from './types.ts';

/** What a container becomes once it is published; a part becomes nothing by itself. */
export type ContainerKind = 'image' | 'reel' | 'story' | 'carousel' | 'part';

/** A media that is not published yet. Never changed in place: an edit puts a new object in its stead. */
export interface Container {
  readonly id: string;
  readonly accountId: string;
  readonly kind: ContainerKind;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** What it will be: for a part, as a part of it; for an album, with its parts. */
  readonly media: NewMedia;
  /** Ids of an album's parts. */
  readonly children: readonly string[];
  /** Milliseconds since 1970 at which processing ends; `Infinity`: never. */
  readonly readyAt: number;
  /** How processing ends: a `status_code`, with the text of `status`. */
  readonly end: { readonly status_code: string; readonly status: string };
  /** The media it was published as, and when (milliseconds since 1970). */
  readonly published: { readonly mediaId: string; readonly at: number } | null;
}

/** How an account's publishing is limited. */
export interface Quota {
  readonly total: number;
  readonly durationSeconds: Seconds;
  /** Published by others for the account, within the window. */
  readonly usedElsewhere: number;
  /** `quota_usage` shows a publication only so long after it. */
  readonly lagMs: number;
}

const DAY_MS = 24 * 3_600_000;
const USUAL_QUOTA: Quota = { total: 100, durationSeconds: 86_400, usedElsewhere: 0, lagMs: 0 };
/** An account may create so many within 24 hours. */
const MAX_CREATED = 400;

const STATUS_TEXTS: Readonly<Record<string, string>> = {
  IN_PROGRESS: 'In Progress: Media is still being processed.',
  FINISHED: 'Finished: Media has been uploaded and it is ready to be published.',
  PUBLISHED: 'Published: Media has been published.',
  EXPIRED: 'Expired: Media has expired.',
  ERROR: 'Error: Media upload has failed with error code 2207001',
};

/** The text of `status` that goes with a `status_code`. */
export const statusText = (code: string): string => STATUS_TEXTS[code] ?? `${code}: Something new.`;

/** What is about to be published, by all accounts. */
export const createContainers = ({ now }: { now: () => number }) => {
  const containers = new Map<string, Container>();
  const quotas = new Map<string, Quota>();
  let made = 0;

  const ofAccount = (accountId: string): Container[] =>
    [...containers.values()].filter((container) => container.accountId === accountId);
  const quota = (accountId: string): Quota => quotas.get(accountId) ?? USUAL_QUOTA;

  const get = (id: string): Container => {
    const found = containers.get(id);
    if (!found) throw new TypeError(`There is no container ${id}`);
    return found;
  };
  const edit = (id: string, changes: Partial<Omit<Container, 'id' | 'accountId'>>): Container => {
    const edited = { ...get(id), ...changes };
    containers.set(id, edited);
    return edited;
  };

  const usage = (accountId: string, before: number): number => {
    const { durationSeconds, usedElsewhere } = quota(accountId);
    const since = now() - durationSeconds * 1_000;
    const published = ofAccount(accountId).flatMap((container) => container.published ?? []);
    return usedElsewhere + published.filter(({ at }) => at > since && at <= before).length;
  };

  return {
    get,
    edit,
    find: (id: string): Container | undefined => containers.get(id),
    list: ofAccount,

    /** Makes one, unless the account has made too many: then null. */
    add: (given: Omit<Container, 'id' | 'createdAt' | 'published'>): Container | null => {
      const since = now() - DAY_MS;
      const lately = ofAccount(given.accountId).filter(({ createdAt }) => createdAt > since);
      if (lately.length >= MAX_CREATED) return null;
      const id = numericId(given.accountId, 'container', made);
      made += 1;
      const container: Container = { ...given, id, createdAt: now(), published: null };
      containers.set(id, container);
      return container;
    },

    /** Where it stands now. */
    statusOf: ({ createdAt, published, readyAt, end }: Container): { status_code: string; status: string } => {
      const of = (status_code: string) => ({ status_code, status: statusText(status_code) });
      if (published !== null) return of('PUBLISHED');
      if (now() - createdAt >= DAY_MS) return of('EXPIRED');
      return now() < readyAt ? of('IN_PROGRESS') : end;
    },

    quota,
    setQuota: (accountId: string, changes: Partial<Quota>): Quota => {
      const changed = { ...quota(accountId), ...changes };
      quotas.set(accountId, changed);
      return changed;
    },
    /** What `quota_usage` says: behind the truth by a while. */
    shownUsage: (accountId: string): number => usage(accountId, now() - quota(accountId).lagMs),
    isQuotaUsedUp: (accountId: string): boolean => usage(accountId, now()) >= quota(accountId).total,

    clear: (): void => {
      containers.clear();
      quotas.clear();
      made = 0;
    },
  };
};

export type Containers = ReturnType<typeof createContainers>;
