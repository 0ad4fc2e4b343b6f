import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { ensureStanding } from '../accounts/standing.ts';
import { type AccountScope, onlyAccount } from '../database/account-scope.ts';
import { bodyOf, type ClientKey, type Intents, requestHash, type Settled } from '../intents/index.ts';
import type { Post } from '../posts/schema.ts';
import type { AreCommentsOff } from './comments-switch.ts';
import { commentGone, commentsDisabled, mediaGone } from './failures.ts';
import { type Comment, type CommentRecord, commentSchema } from './schema.ts';
import { textDigest } from './text.ts';

/** A request for a comment. `key`: the client's idempotency key, if it sent one. `deadline`: `performance.now()` ms. */
export interface CommentRequest {
  /** The accounts that the caller may see. */
  scope: AccountScope;
  id: number;
  body: { text: string };
  key: ClientKey | null;
  deadline: number;
}
/** `replayed`: an earlier request with the same key wrote the comment. */
export type CommentResult = { comment: Comment; replayed: boolean };

interface Deps {
  accept: Intents['accept'];
  getPost: (scope: AccountScope, id: number) => Promise<Post>;
  areCommentsOff: AreCommentsOff;
}

/** Checks what we know ourselves; Instagram refuses for its own reasons. */
const createEnsureOpen =
  ({ areCommentsOff }: Pick<Deps, 'areCommentsOff'>) =>
  async (connected: ConnectedAccount, post: Post, deadline: number): Promise<void> => {
    ensureStanding(connected.standing);
    if (post.comments_enabled === false && (await areCommentsOff(connected, post, { deadline }))) {
      throw commentsDisabled();
    }
  };

const toResult = (settled: Settled): CommentResult => ({
  comment: commentSchema.parse(bodyOf(settled)),
  replayed: settled.replayed,
});

/**
 * Comments on a post on Instagram, once, and stores the comment.
 * @throws {ServiceError} `post_not_found`, `media_gone`, `comments_disabled`, and the problems of a write.
 */
export const createCreateComment = (deps: Deps) => {
  const ensureOpen = createEnsureOpen(deps);
  return async ({ scope, id, body, key, deadline }: CommentRequest): Promise<CommentResult> => {
    const post = await deps.getPost(scope, id);
    const { account_id } = post;
    const begin = async (connected: ConnectedAccount) => {
      if (post.gone_at !== null) throw mediaGone();
      await ensureOpen(connected, post, deadline);
      return {
        kind: 'comment',
        target_id: post.instagram_id,
        post_id: post.id,
        parent_id: null,
        text: body.text,
        text_digest: textDigest(body.text),
      };
    };
    const hash = requestHash('createComment', id, body);
    return toResult(await deps.accept({ account_id, key, hash, begin, deadline }));
  };
};

/**
 * Replies to a comment on Instagram, once, and stores the reply. A reply to a reply goes to the top-level comment.
 * @throws {ServiceError} `comment_not_found`, `comment_gone`, `comments_disabled`, and the problems of a write.
 */
export const createCreateReply = (
  deps: Deps & { getComment: (scope: AccountScope, id: number) => Promise<CommentRecord> },
) => {
  const ensureOpen = createEnsureOpen(deps);
  return async ({ scope, id, body, key, deadline }: CommentRequest): Promise<CommentResult> => {
    const comment = await deps.getComment(scope, id);
    const { account_id, thread_id, thread_instagram_id } = comment;
    const begin = async (connected: ConnectedAccount) => {
      if ([comment.gone_at, comment.thread_gone_at, comment.post_gone_at].some((gone) => gone !== null)) {
        throw commentGone();
      }
      await ensureOpen(connected, await deps.getPost(onlyAccount(account_id), comment.post_id), deadline);
      return {
        kind: 'reply',
        target_id: thread_instagram_id,
        post_id: comment.post_id,
        parent_id: thread_id,
        text: body.text,
        text_digest: textDigest(body.text),
      };
    };
    const hash = requestHash('createReply', id, body);
    return toResult(await deps.accept({ account_id, key, hash, begin, deadline }));
  };
};
