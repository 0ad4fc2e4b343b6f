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
import { timeBoundSchema } from '../time-bound.ts';
import { postSchema } from './schema.ts';

/** All that Instagram gives a media. @see https://developers.facebook.com/docs/instagram-platform/reference/instagram-media */
const MEDIA_TYPES = ['IMAGE', 'VIDEO', 'CAROUSEL_ALBUM'] as const;
/** Instagram's captions have 2,200 characters at most, so nothing longer is part of one. */
const MAX_QUERY_CHARACTERS = 2_200;

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
        .transform((type) => type.toUpperCase())
        .pipe(z.enum(MEDIA_TYPES))
        .optional()
        .meta({ override: { type: 'string', enum: [...MEDIA_TYPES] }, example: 'CAROUSEL_ALBUM' }),
      since: timeBoundSchema('00:00:00', 'Published then or later; a day counts from its start'),
      until: timeBoundSchema('23:59:59', 'Published then or earlier; a day counts to its end'),
      q: z
        .string()
        .max(MAX_QUERY_CHARACTERS, `must have at most ${MAX_QUERY_CHARACTERS} characters`)
        .transform((text) => text || undefined)
        .optional()
        .meta({
          override: { type: 'string', maxLength: MAX_QUERY_CHARACTERS },
          description:
            'Part of the caption, in any script, upper or lower case. A page may be short, even empty, before the end: follow `next`',
        }),
      include_gone: switchParamSchema.meta({ description: 'Also posts that are no longer on Instagram' }),
    }),
  }),
  responses: { 200: pageOf(postSchema) },
  problems: ['invalid_cursor', 'account_not_found', 'account_ambiguous', 'database_unavailable'],
});

export const getPostContract = endpoint({
  method: 'GET',
  path: '/posts/{id}',
  operationId: 'getPost',
  summary: 'One post, also when it is gone from Instagram',
  tags: ['posts'],
  scope: 'posts:read',
  request: z.object({ params: z.object({ id: idParamSchema }) }),
  responses: { 200: postSchema },
  problems: ['post_not_found', 'database_unavailable'],
});
