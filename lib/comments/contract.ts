import { z } from 'zod';
import { cursorSchema, endpoint, idempotencyKeySchema, idParamSchema, limitSchema, pageOf } from '../contract.ts';
import { postSchema } from '../posts/schema.ts';
import { commentSchema, commentTextSchema } from './schema.ts';

const newCommentSchema = z
  .strictObject({
    text: commentTextSchema,
    username: z.unknown().optional().meta({ description: 'Ignored: the connected account is always the author' }),
  })
  .meta({ id: 'NewComment', example: { text: 'Thank you all for coming 🌊' } });

const params = z.object({ id: idParamSchema });
const headers = z.object({ 'idempotency-key': idempotencyKeySchema.optional() });

/** The problems of any write to Instagram. */
const WRITE_PROBLEMS = [
  'account_disconnected',
  'instagram_rejected',
  'instagram_token_invalid',
  'instagram_permission_missing',
  'instagram_error',
  'instagram_rate_limited',
  'writes_blocked',
  'database_unavailable',
  'instagram_timeout',
  'outcome_unknown',
] as const;
const KEY_PROBLEMS = ['idempotency_in_progress', 'idempotency_key_reused'] as const;

export const createCommentContract = endpoint({
  method: 'POST',
  path: '/posts/{id}/comment',
  aliases: ['/posts/{id}/comments'],
  operationId: 'createComment',
  summary: 'Comment on a post on Instagram, then store the comment',
  tags: ['comments'],
  scope: 'comments:write',
  request: z.object({ params, headers, body: newCommentSchema }),
  responses: { 201: commentSchema },
  problems: ['post_not_found', 'media_gone', 'comments_disabled', ...KEY_PROBLEMS, ...WRITE_PROBLEMS],
});

export const createReplyContract = endpoint({
  method: 'POST',
  path: '/comments/{id}/replies',
  operationId: 'createReply',
  summary: 'Reply to a comment on Instagram; a reply to a reply goes to the top-level comment',
  tags: ['comments'],
  scope: 'comments:write',
  request: z.object({ params, headers, body: newCommentSchema }),
  responses: { 201: commentSchema },
  problems: ['comment_not_found', 'comment_gone', 'comments_disabled', ...KEY_PROBLEMS, ...WRITE_PROBLEMS],
});

export const listCommentsContract = endpoint({
  method: 'GET',
  path: '/posts/{id}/comments',
  operationId: 'listComments',
  summary: 'Stored comments and replies of a post, newest first, without deleted ones',
  tags: ['comments'],
  scope: 'posts:read',
  request: z.object({
    params,
    query: z.object({
      limit: limitSchema,
      cursor: cursorSchema.optional(),
      parent_id: idParamSchema.optional().meta({ description: 'Only the replies to this comment' }),
    }),
  }),
  responses: { 200: pageOf(commentSchema) },
  problems: ['invalid_cursor', 'post_not_found', 'database_unavailable'],
});

export const getCommentContract = endpoint({
  method: 'GET',
  path: '/comments/{id}',
  operationId: 'getComment',
  summary: 'One comment, also when it was deleted',
  tags: ['comments'],
  scope: 'posts:read',
  request: z.object({ params }),
  responses: { 200: commentSchema },
  problems: ['comment_not_found', 'database_unavailable'],
});

export const updateCommentContract = endpoint({
  method: 'PATCH',
  path: '/comments/{id}',
  operationId: 'updateComment',
  summary: 'Hide a comment on Instagram, or show it again',
  tags: ['comments'],
  scope: 'comments:write',
  request: z.object({
    params,
    body: z
      .strictObject({ hidden: z.boolean({ error: 'must be true or false' }) })
      .meta({ id: 'CommentChange', example: { hidden: true } }),
  }),
  responses: { 200: commentSchema },
  problems: ['comment_not_found', 'comment_gone', ...WRITE_PROBLEMS],
});

export const deleteCommentContract = endpoint({
  method: 'DELETE',
  path: '/comments/{id}',
  operationId: 'deleteComment',
  summary: 'Delete a comment on Instagram; succeeds also when it is gone already',
  tags: ['comments'],
  scope: 'comments:write',
  request: z.object({ params }),
  responses: { 204: z.undefined() },
  problems: ['comment_not_found', ...WRITE_PROBLEMS],
});

export const updatePostContract = endpoint({
  method: 'PATCH',
  path: '/posts/{id}',
  operationId: 'updatePost',
  summary: 'Switch the comments of a post on or off, on Instagram and here',
  tags: ['posts', 'comments'],
  scope: 'comments:write',
  request: z.object({
    params,
    body: z
      .strictObject({ comments_enabled: z.boolean({ error: 'must be true or false' }) })
      .meta({ id: 'PostChange', example: { comments_enabled: false } }),
  }),
  responses: { 200: postSchema },
  problems: ['post_not_found', 'media_gone', ...WRITE_PROBLEMS],
});
