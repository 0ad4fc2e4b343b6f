import { z } from 'zod';
import type { CallLimits, CallOptions } from '../exchange.ts';
import { type Asked, askingLess, type FieldPlan, type FieldSet } from '../fields.ts';
import type { GraphRequest } from '../graph.ts';
import { edgeOf, graphPageOf, type UnreadableRow } from '../listing.ts';
import {
  countSchema,
  flagSchema,
  graphIdSchema,
  graphTimestampSchema,
  optionalIdSchema,
  orAbsent,
  textSchema,
} from '../schemas.ts';
import { asCursorError } from './media.ts';

/** A comment or reply as Instagram gives it, under our names. `null`: Instagram left it out. */
export interface CommentInput {
  instagram_id: string;
  text: string | null;
  username: string | null;
  /** Ids of its author, as far as Instagram tells them: the account's own, or one made for our app. */
  author_ids: readonly string[];
  /** ISO 8601 in UTC with `Z`, whole seconds. */
  timestamp: string;
  like_count: number | null;
  hidden: boolean | null;
  /** Its first replies and the position after them; null: not asked for, or refused. */
  replies: Pick<CommentPage, 'items' | 'unreadable' | 'after'> | null;
}

/** Where a page starts and what it holds. */
export interface CommentPageRequest {
  /** 1 to 50. */
  limit: number;
  /** The position at which the page before ended; `null`: the top. */
  after: string | null;
  /** Default: all but the replies. */
  fields?: FieldSet | undefined;
}

/** One page of comments, newest first, or of replies, in no known order. */
export interface CommentPage {
  items: readonly CommentInput[];
  unreadable: readonly UnreadableRow[];
  /** `null`: the end. */
  after: string | null;
  /** What Instagram accepted. */
  used: Asked;
  /** Instagram's time when it answered, for `Date.parse`; null: it did not tell. */
  answeredAt: string | null;
}

const AUTHOR = ['username', 'from', 'user'];
const FIELDS = ['id', 'timestamp', 'text', ...AUTHOR, 'like_count', 'hidden'];
const REQUIRED = ['id', 'timestamp'];
const PLAN: FieldPlan = {
  all: [...FIELDS, 'replies'],
  required: REQUIRED,
  fallbacks: [
    [...REQUIRED, 'text', ...AUTHOR],
    [...REQUIRED, 'text', 'username'],
  ],
  expansions: ['replies'],
};
/** The fields of a comment together with its first replies. */
export const COMMENT_FIELDS_WITH_REPLIES: FieldSet = PLAN.all;
/** Instagram gives no more comments or replies at a time. */
const MAX_LIMIT = 50;

const toParameter = (fields: readonly string[]): string =>
  fields
    .map((field) =>
      field === 'replies' ? `replies.limit(${MAX_LIMIT}){${FIELDS.filter((one) => fields.includes(one))}}` : field,
    )
    .join(',');

const authorSchema = orAbsent(z.looseObject({ id: optionalIdSchema, username: textSchema }));
const fieldsSchema = z.looseObject({
  id: graphIdSchema,
  text: textSchema,
  timestamp: graphTimestampSchema,
  username: textSchema,
  from: authorSchema,
  user: authorSchema,
  like_count: countSchema,
  hidden: flagSchema,
});

const toComment = ({ id, from, user, ...comment }: z.output<typeof fieldsSchema>) => ({
  instagram_id: id,
  text: comment.text,
  username: comment.username ?? from?.username ?? null,
  author_ids: [user?.id, from?.id].filter((one) => one !== undefined && one !== null),
  timestamp: comment.timestamp,
  like_count: comment.like_count,
  hidden: comment.hidden,
});

const replySchema = fieldsSchema.transform((reply): CommentInput => ({ ...toComment(reply), replies: null }));
/** @see https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-comment */
const commentSchema = z
  .looseObject({ ...fieldsSchema.shape, replies: edgeOf(replySchema) })
  .transform((comment): CommentInput => ({ ...toComment(comment), replies: comment.replies }));

const pageSchema = graphPageOf(commentSchema);
const createdSchema = z.looseObject({ id: graphIdSchema }).transform(({ id }) => id);
const doneSchema = z.looseObject({ success: z.literal(true) });

/** Comments on the account's media, and their replies. */
export const commentsResource = (request: GraphRequest) => {
  const readPage = (
    path: readonly string[],
    { limit, after, fields = FIELDS }: CommentPageRequest,
    limits: CallLimits,
  ): Promise<CommentPage> =>
    askingLess(request, { limit: Math.min(limit, MAX_LIMIT), fields }, PLAN, limits, async (used, options) => {
      let answeredAt: string | null = null;
      const params = { fields: toParameter(used.fields), limit: used.limit, after };
      const onHeaders = (headers: Headers) => {
        answeredAt = headers.get('date');
      };
      return { ...(await request({ path, params, schema: pageSchema, onHeaders }, options)), used, answeredAt };
    }).catch((error: unknown) => {
      throw after === null ? error : asCursorError(error);
    });

  const act = async (path: readonly string[], body: Record<string, boolean>, options: CallOptions): Promise<void> => {
    await request({ method: 'POST', path, body, schema: doneSchema }, options);
  };

  return {
    /** One page of a media's top-level comments. @throws {InstagramError} */
    readPage: (mediaId: string, asked: CommentPageRequest, limits: CallLimits = {}): Promise<CommentPage> =>
      readPage([mediaId, 'comments'], asked, limits),

    /** One page of a comment's replies. @throws {InstagramError} */
    readReplies: (commentId: string, asked: CommentPageRequest, limits: CallLimits = {}): Promise<CommentPage> =>
      readPage([commentId, 'replies'], asked, limits),

    /** One comment or reply, without its replies. @throws {InstagramError} `missing` alone proves nothing. */
    get: (commentId: string, options: CallOptions = {}): Promise<CommentInput> =>
      askingLess(request, { limit: 1, fields: FIELDS }, PLAN, options, ({ fields }, limits) =>
        request({ path: [commentId], params: { fields: toParameter(fields) }, schema: commentSchema }, limits),
      ),

    /**
     * Comments on a media; gives the comment's id. Sent once. Without `fields`: when asked for any, Instagram publishes the
     * comment, and answers with an error all the same.
     * @throws {InstagramError} whose `writeEffect` says what may have happened.
     */
    create: (mediaId: string, message: string, options: CallOptions = {}): Promise<string> =>
      request({ method: 'POST', path: [mediaId, 'comments'], body: { message }, schema: createdSchema }, options),

    /** Replies to a top-level comment; as `create`. @throws {InstagramError} */
    reply: (commentId: string, message: string, options: CallOptions = {}): Promise<string> =>
      request({ method: 'POST', path: [commentId, 'replies'], body: { message }, schema: createdSchema }, options),

    /** Hides a comment, or shows it again. May be repeated. @throws {InstagramError} */
    setHidden: (commentId: string, hidden: boolean, options: CallOptions = {}): Promise<void> =>
      act([commentId], { hide: hidden }, options),

    /** Switches the comments of a media on or off. May be repeated. @throws {InstagramError} */
    setEnabled: (mediaId: string, enabled: boolean, options: CallOptions = {}): Promise<void> =>
      act([mediaId], { comment_enabled: enabled }, options),

    /** Deletes a comment on the account's own media. @throws {InstagramError} `missing` when it is gone, or seems gone. */
    remove: async (commentId: string, options: CallOptions = {}): Promise<void> => {
      await request({ method: 'DELETE', path: [commentId], schema: doneSchema }, options);
    },
  };
};
