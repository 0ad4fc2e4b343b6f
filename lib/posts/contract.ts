import { z } from 'zod';
import {
  accountIdParamSchema,
  cursorSchema,
  endpoint,
  idParamSchema,
  limitSchema,
  pageOf,
  switchParamSchema,
} from '../contract.ts';
import { postSchema } from './schema.ts';

/** A caption has 2,200 characters at most: nothing longer is a part of one. */
const LONGEST_QUERY = 2_200;

/** A moment or a day as PostgreSQL can compare it, in UTC; null where there is none. Years are of four digits. */
const toUtc = (text: string, timeOfDay: string): string | null => {
  const time = Date.parse(text.length === 10 ? `${text}T${timeOfDay}Z` : text);
  const utc = Number.isNaN(time) ? '' : new Date(time).toISOString();
  return /^(?!0000)\d{4}-/.test(utc) ? utc : null;
};

/** A bound on `timestamp`: a moment with its offset, or a day in UTC. */
const boundSchema = (timeOfDay: string, description: string) =>
  z
    .union([z.iso.datetime({ offset: true }), z.iso.date()], {
      error: 'must be an ISO 8601 time with offset, or a day',
    })
    .transform((text, context) => {
      const utc = toUtc(text, timeOfDay);
      if (utc !== null) return utc;
      context.addIssue('must be a time of the years 1 to 9999');
      return z.NEVER;
    })
    .optional()
    .meta({ override: { type: 'string' }, description, examples: ['2026-11-21T09:30:00Z', '2026-11-21'] });

export const listPostsContract = endpoint({
  method: 'GET',
  path: '/posts',
  operationId: 'listPosts',
  summary: 'Stored posts, newest first',
  tags: ['posts'],
  scope: 'posts:read',
  request: z.object({
    query: z.object({
      account_id: accountIdParamSchema,
      limit: limitSchema,
      cursor: cursorSchema.optional(),
      media_type: z
        .string()
        .regex(/^[A-Za-z0-9_]{1,50}$/, 'must be a media type, such as IMAGE')
        .transform((type) => type.toUpperCase())
        .optional()
        .meta({ override: { type: 'string' }, example: 'CAROUSEL_ALBUM' }),
      since: boundSchema('00:00:00', 'Published then or later; a day counts from its start'),
      until: boundSchema('23:59:59', 'Published then or earlier; a day counts to its end'),
      q: z
        .string()
        .max(LONGEST_QUERY, `must have at most ${LONGEST_QUERY} characters`)
        .transform((text) => text || undefined)
        .optional()
        .meta({
          override: { type: 'string', maxLength: LONGEST_QUERY },
          description:
            'A part of the caption, in any script, case ignored. A page may be short, even empty, before the end: follow `next`',
        }),
      include_gone: switchParamSchema.meta({ description: 'Also posts no longer on Instagram' }),
    }),
  }),
  responses: { 200: pageOf(postSchema) },
  problems: ['invalid_cursor', 'account_not_found', 'account_ambiguous', 'database_unavailable'],
});

export const getPostContract = endpoint({
  method: 'GET',
  path: '/posts/{id}',
  operationId: 'getPost',
  summary: 'One post, one that is gone from Instagram too (`gone_at`)',
  tags: ['posts'],
  scope: 'posts:read',
  request: z.object({ params: z.object({ id: idParamSchema }) }),
  responses: { 200: postSchema },
  problems: ['post_not_found', 'database_unavailable'],
});
