import { createHash } from 'node:crypto';
import type { MediaChild, MediaInput } from '../instagram/resources/media-schema.ts';
import { toStorableText } from '../instagram/text.ts';

/** The client hands over clean texts; this table refuses no page if one slips through. */
const storable = (text: string | null): string | null => (text === null ? null : toStorableText(text));

const toStorableChild = ({ instagram_id, media_type, media_url, thumbnail_url }: MediaChild): MediaChild => ({
  instagram_id,
  media_type: storable(media_type),
  media_url: storable(media_url),
  thumbnail_url: storable(thumbnail_url),
});

const lastSegment = (link: string | null): string | null => link?.split('?', 1)[0]?.split('/').at(-1) ?? null;

/** Differs when an album has other parts, or the same in another order. Of links only the last path segment counts. */
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

type Value = string | number | boolean | null;
const column = (type: 'text' | 'timestamptz' | 'int8' | 'bool' | 'jsonb', of: (media: MediaInput) => Value) => ({
  type,
  of,
});

/** The columns of `posts` that come from Instagram: the Postgres type of each, and its value for a media. */
export const COLUMNS = {
  instagram_id: column('text', (media) => media.instagram_id),
  username: column('text', (media) => storable(media.username)),
  caption: column('text', (media) => storable(media.caption)),
  media_type: column('text', (media) => toStorableText(media.media_type)),
  media_product_type: column('text', (media) => storable(media.media_product_type)),
  media_url: column('text', (media) => storable(media.media_url)),
  thumbnail_url: column('text', (media) => storable(media.thumbnail_url)),
  permalink: column('text', (media) => storable(media.permalink)),
  shortcode: column('text', (media) => storable(media.shortcode)),
  alt_text: column('text', (media) => storable(media.alt_text)),
  posted_at: column('timestamptz', (media) => media.timestamp),
  like_count: column('int8', (media) => media.like_count),
  comments_count: column('int8', (media) => media.comments_count),
  comments_enabled: column('bool', (media) => media.comments_enabled),
  children: column('jsonb', (media) => JSON.stringify(media.children.map(toStorableChild))),
  children_key: column('text', (media) => childrenKey(media.children)),
} as const;
export type Column = keyof typeof COLUMNS;
export const NAMES = Object.keys(COLUMNS) as Column[];

/** Instagram signs them anew at every read: only their last path segment tells one from another. */
export const LINKS: readonly Column[] = ['media_url', 'thumbnail_url'];
/** They move without anybody touching the post. */
export const COUNTS: readonly Column[] = ['like_count', 'comments_count'];
/** A post whose value of one of these changes is another post in a client's eyes. `children` are compared by their key. */
export const COMPARED: readonly Column[] = NAMES.filter(
  (name) => name !== 'instagram_id' && name !== 'children' && !LINKS.includes(name),
);

/** Graph's name where ours is another one. */
const COLUMN_OF_FIELD: Readonly<Record<string, Column>> = {
  is_comment_enabled: 'comments_enabled',
  timestamp: 'posted_at',
};
const CHILD_FIELDS = ['children', 'media_type', 'media_url', 'thumbnail_url'];

/**
 * The columns that a page has values for, when Instagram was asked for these Graph fields; undefined: for all. The parts of
 * an album are asked for the same fields, so without one of them the parts are not known.
 */
export const knownColumns = (fields: readonly string[] | undefined): ReadonlySet<Column> => {
  if (fields === undefined) return new Set(NAMES);
  const asked = new Set(fields.map((field) => COLUMN_OF_FIELD[field] ?? field));
  const areChildrenKnown = CHILD_FIELDS.every((field) => asked.has(field));
  return new Set(NAMES.filter((name) => (name.startsWith('children') ? areChildrenKnown : asked.has(name))));
};
