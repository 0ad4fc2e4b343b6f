import { z } from 'zod';
import type { FieldPlan } from '../fields.ts';
import { edgeOf } from '../listing.ts';
import {
  countSchema,
  flagSchema,
  graphIdSchema,
  graphTimestampSchema,
  requiredTextSchema,
  textSchema,
} from '../schemas.ts';

const childSchema = z
  .looseObject({ id: graphIdSchema, media_type: textSchema, media_url: textSchema, thumbnail_url: textSchema })
  .transform(({ id, media_type, media_url, thumbnail_url }) => ({
    instagram_id: id,
    media_type,
    media_url,
    thumbnail_url,
  }));
/** A part of an album. */
export type MediaChild = z.output<typeof childSchema>;

/** @see https://developers.facebook.com/docs/instagram-platform/reference/instagram-media */
export const mediaSchema = z
  .looseObject({
    id: graphIdSchema,
    username: textSchema,
    caption: textSchema,
    media_type: requiredTextSchema,
    media_product_type: textSchema,
    media_url: textSchema,
    thumbnail_url: textSchema,
    permalink: textSchema,
    shortcode: textSchema,
    alt_text: textSchema,
    timestamp: graphTimestampSchema,
    like_count: countSchema,
    comments_count: countSchema,
    is_comment_enabled: flagSchema,
    children: edgeOf(childSchema),
  })
  .transform((media) => ({
    instagram_id: media.id,
    username: media.username,
    caption: media.caption,
    media_type: media.media_type,
    media_product_type: media.media_product_type,
    media_url: media.media_url,
    thumbnail_url: media.thumbnail_url,
    permalink: media.permalink,
    shortcode: media.shortcode,
    alt_text: media.alt_text,
    timestamp: media.timestamp,
    like_count: media.like_count,
    comments_count: media.comments_count,
    comments_enabled: media.is_comment_enabled,
    children: media.children?.items ?? [],
  }));

/**
 * A media object as Instagram gives it, under our names. `null`: Instagram left it out, or was not asked for it (the field
 * set tells which). Postgres can store every text. Media types that are new to us stay as they are. `timestamp` is ISO 8601
 * in UTC with `Z`, whole seconds. `children` lacks parts without an id.
 */
export type MediaInput = z.output<typeof mediaSchema>;

const REQUIRED = ['id', 'timestamp', 'media_type'];

/** The fields of a media object. Rare fields are not asked for: one row without such a field fails its whole page. */
export const MEDIA_FIELDS = {
  all: [
    ...REQUIRED,
    'caption',
    'permalink',
    'username',
    'media_url',
    'thumbnail_url',
    'like_count',
    'comments_count',
    'media_product_type',
    'shortcode',
    'alt_text',
    'is_comment_enabled',
    'children',
  ],
  required: REQUIRED,
  fallbacks: [
    [...REQUIRED, 'caption', 'permalink', 'username', 'media_url', 'thumbnail_url', 'like_count', 'comments_count'],
    [...REQUIRED, 'caption', 'permalink'],
  ],
  expansions: ['children'],
} as const satisfies FieldPlan;

const CHILD_FIELDS = ['id', 'media_type', 'media_url', 'thumbnail_url'];

/** The `fields` parameter for a field set. A field that Instagram refuses of media is not asked for of album parts either. */
export const toFieldsParameter = (fields: readonly string[]): string =>
  fields
    .map((field) => (field === 'children' ? `children{${CHILD_FIELDS.filter((one) => fields.includes(one))}}` : field))
    .join(',');
