/** Posts kept in step with Instagram, for the sync: each function works over the connection or transaction it is given. */
import { createHash } from 'node:crypto';
import type { CommonQueryMethods, FragmentSqlToken } from 'slonik';
import type { MediaChild, MediaInput } from '../instagram/resources/media-schema.ts';
import { toStorableText } from '../instagram/text.ts';
import {
  countWritten,
  createMirrorRepository,
  type MediaPageRows,
  type MediaRow,
  type PostRef,
  type StoredPage,
  type Unseen,
  writePage,
} from './mirror-repository.ts';

/** Graph's name of what we call otherwise. */
const COLUMN_OF_FIELD: Readonly<Record<string, keyof MediaRow>> = {
  is_comment_enabled: 'comments_enabled',
  timestamp: 'posted_at',
};
const CHILD_FIELDS = ['children', 'media_type', 'media_url', 'thumbnail_url'];

/**
 * A page of media to be stored. `fields` are the Graph fields that Instagram was asked for, where that were not all: what
 * was not asked for stays as it is stored. `run_id` null: stored outside of a run. `read_at`: the database's time before the
 * request, and posts of which something newer is known keep it; null: it is what we have just done ourselves.
 */
export interface PageToStore {
  account_id: number;
  run_id: number | null;
  read_at: string | null;
  media: readonly MediaInput[];
  fields?: readonly string[];
}

/**
 * Stores a page of media: new ones are created, known ones brought up to date, their links renewed either way. Counts
 * tell posts by outcome; one that this run has seen before is `repeated` and counted nowhere else. `previous_run_ids` are
 * the distinct runs that saw the page's posts last (null: none did).
 */
export const storePage = (connection: CommonQueryMethods, page: PageToStore): Promise<StoredPage> =>
  createMirrorRepository(connection).upsert(toPageRows(page));

/** Makes lists and searches fast right after many posts were created, where autovacuum would take minutes to. */
export const tidyMirror = (connection: CommonQueryMethods): Promise<void> => createMirrorRepository(connection).tidy();

/** A page's write as a part of a larger statement: `WITH written AS (${write}), stored AS (${count})`. */
export interface PageStatement {
  write: FragmentSqlToken;
  /** A query for one row, a `StoredPage`. */
  count: FragmentSqlToken;
}

/** The same write as a part of a statement of the caller's. Nothing is written unless `only`, a condition, is true. */
export const pageStatement = (page: PageToStore, only: FragmentSqlToken): PageStatement => ({
  write: writePage(toPageRows(page), only),
  count: countWritten,
});

const toPageRows = ({ account_id, run_id, read_at, media, fields }: PageToStore): MediaPageRows => {
  const distinct = new Map(media.map((item) => [item.instagram_id, toRow(item)]));
  const sorted = [...distinct.values()].sort((one, other) => (one.instagram_id < other.instagram_id ? -1 : 1));
  return { account_id, run_id, read_at, media: sorted, known: knownColumns(fields, sorted) };
};

/** Whether this run has seen any of these media: after a lost place, whether a page overlaps what is stored. */
export const seenInRun = (
  connection: CommonQueryMethods,
  which: { account_id: number; run_id: number; instagram_ids: readonly string[] },
): Promise<boolean> => createMirrorRepository(connection).seenInRun(which);

/** Notes that this run saw posts listed of which nothing else could be read. */
export const markSeen = (
  connection: CommonQueryMethods,
  which: { account_id: number; run_id: number; instagram_ids: readonly string[] },
): Promise<void> => createMirrorRepository(connection).markSeen(which);

/**
 * Posts that a complete walk did not see, to be asked for by id: not stories or ads, published and stored before the run
 * began, after `floor`, and not asked for since it began. Never the unseen alone make a post gone.
 */
export const findMissing = (
  connection: CommonQueryMethods,
  which: Unseen & { limit: number },
): Promise<readonly PostRef[]> => createMirrorRepository(connection).findMissing(which);

/** How many `findMissing` would give without a limit. */
export const countMissing = (connection: CommonQueryMethods, which: Unseen): Promise<number> =>
  createMirrorRepository(connection).countMissing(which);

/** How many posts that listings show are on Instagram, as far as we know. */
export const countLive = (connection: CommonQueryMethods, which: { account_id: number }): Promise<number> =>
  createMirrorRepository(connection).countLive(which);

/** How many of these were marked gone within the last `days`. */
export const countGoneSince = (
  connection: CommonQueryMethods,
  which: { account_id: number; days: number },
): Promise<number> => createMirrorRepository(connection).countGoneSince(which);

/** Posts that this run saw listed, newest first: if they read and a missing one does not, that one is gone. */
export const findNeighbours = (
  connection: CommonQueryMethods,
  which: { account_id: number; run_id: number; limit: number },
): Promise<readonly PostRef[]> => createMirrorRepository(connection).findNeighbours(which);

/** Posts other than `id` that are taken to be there, newest first: neighbours for one that Instagram denies. */
export const findOthers = (
  connection: CommonQueryMethods,
  which: { account_id: number; id: number; limit: number },
): Promise<readonly PostRef[]> => createMirrorRepository(connection).findOthers(which);

/**
 * Notes whether comments on a post are switched on, as Instagram had it at `read_at` (the database's time before the
 * request); null: as we have just set it there.
 */
export const setCommentsEnabled = (
  connection: CommonQueryMethods,
  state: { account_id: number; id: number; enabled: boolean; read_at: string | null },
): Promise<void> => createMirrorRepository(connection).setCommentsEnabled(state);

/**
 * Notes that a missing post was asked for by id, and marks it when Instagram denied it beyond doubt and nobody has seen it
 * since `read_at`, the database's time before the request (null: now).
 */
export const markProbed = (
  connection: CommonQueryMethods,
  outcome: { account_id: number; id: number; gone: boolean; read_at: string | null },
): Promise<void> => createMirrorRepository(connection).markProbed(outcome);

export { GONE_AT, IS_THERE } from './presence-repository.ts';

/** The client hands over clean texts; this table refuses no page if one slips through. */
const storable = (text: string | null): string | null => (text === null ? null : toStorableText(text));

// Column by column, not over the entries of an object: 10,000 times a sync, that took as long as writing the row.
const toRow = (media: MediaInput): MediaRow => ({
  instagram_id: media.instagram_id,
  username: storable(media.username),
  caption: storable(media.caption),
  media_type: toStorableText(media.media_type),
  media_product_type: storable(media.media_product_type),
  media_url: storable(media.media_url),
  thumbnail_url: storable(media.thumbnail_url),
  permalink: storable(media.permalink),
  shortcode: storable(media.shortcode),
  alt_text: storable(media.alt_text),
  posted_at: media.timestamp,
  like_count: media.like_count,
  comments_count: media.comments_count,
  comments_enabled: media.comments_enabled,
  children: JSON.stringify(media.children.map(toStorableChild)),
  children_key: childrenKey(media.children),
});

const toStorableChild = ({ instagram_id, media_type, media_url, thumbnail_url }: MediaChild): MediaChild => ({
  instagram_id,
  media_type: storable(media_type),
  media_url: storable(media_url),
  thumbnail_url: storable(thumbnail_url),
});

/** What tells one set of album parts from another, links by their last path segment only. */
const childrenKey = (children: readonly MediaChild[]): string | null => {
  if (children.length === 0) return null;
  const compared = children.map(({ instagram_id, media_type, media_url, thumbnail_url }) => [
    instagram_id,
    media_type,
    lastSegment(media_url),
    lastSegment(thumbnail_url),
  ]);
  return createHash('sha256').update(JSON.stringify(compared)).digest('base64url').slice(0, 22);
};

const lastSegment = (link: string | null): string | null => link?.split('?', 1)[0]?.split('/').at(-1) ?? null;

/** The columns that a page speaks for. Album parts are asked for the same fields: without one, they are not known. */
const knownColumns = (
  fields: readonly string[] | undefined,
  [sample]: readonly MediaRow[],
): ReadonlySet<keyof MediaRow> => {
  const all = Object.keys(sample ?? {}) as (keyof MediaRow)[];
  if (fields === undefined) return new Set(all);
  const asked = new Set(fields.map((field) => COLUMN_OF_FIELD[field] ?? field));
  const children = CHILD_FIELDS.every((field) => asked.has(field));
  const isKnown = (name: keyof MediaRow) => (name.startsWith('children') ? children : asked.has(name));
  return new Set(all.filter(isKnown));
};
