import type { AccountScope } from '../database/account-scope.ts';
import type { Post } from '../posts/schema.ts';
import { commentGone, mediaGone } from './failures.ts';
import type { WriteRepeatably } from './repeatable-write.ts';
import { type Comment, type CommentRecord, commentSchema } from './schema.ts';
import type { Triage } from './triage.ts';
import { commentSubject, switchSubject } from './write-subjects.ts';

interface Deps {
  write: WriteRepeatably;
  triage: Triage;
}
type CommentDeps = Deps & { getComment: (scope: AccountScope, id: number) => Promise<CommentRecord> };

const isGone = ({ gone_at, thread_gone_at, post_gone_at }: CommentRecord) =>
  [gone_at, thread_gone_at, post_gone_at].some((gone) => gone !== null);

/**
 * Hides a comment on Instagram, or shows it again, and stores that. If another write comes later, gives that one's state.
 * @throws {ServiceError} `comment_not_found`, `comment_gone`, and the problems of a write.
 */
export const createUpdateComment =
  ({ write, triage, getComment }: CommentDeps) =>
  async (scope: AccountScope, id: number, { hidden }: { hidden: boolean }, deadline: number): Promise<Comment> => {
    const comment = await getComment(scope, id);
    if (isGone(comment)) throw commentGone();
    const state = await write(
      {
        subject: commentSubject(triage, comment),
        act: ({ client }, options) => client.comments.setHidden(comment.instagram_id, hidden, options),
        done: { gone: false, hidden },
        isDone: (now) => !now.gone && now.hidden === hidden,
      },
      deadline,
    );
    if (state.gone) throw commentGone();
    return commentSchema.parse({ ...comment, hidden: state.hidden ?? comment.hidden });
  };

/**
 * Deletes a comment on Instagram, and marks it and its replies gone here. Succeeds also when the comment is gone already.
 * @throws {ServiceError} `comment_not_found`, and the problems of a write.
 */
export const createDeleteComment =
  ({ write, triage, getComment }: CommentDeps) =>
  async (scope: AccountScope, id: number, deadline: number): Promise<void> => {
    const comment = await getComment(scope, id);
    if (isGone(comment)) return;
    await write(
      {
        subject: commentSubject(triage, comment),
        act: ({ client }, options) => client.comments.remove(comment.instagram_id, options),
        done: { gone: true },
        isDone: ({ gone }) => gone,
        final: true,
      },
      deadline,
    );
  };

/**
 * Switches the comments of a post on or off on Instagram, and stores that. If another write comes later, gives that one's
 * state.
 * @throws {ServiceError} `post_not_found`, `media_gone`, and the problems of a write.
 */
export const createSwitchComments =
  ({ write, triage, getPost }: Deps & { getPost: (scope: AccountScope, id: number) => Promise<Post> }) =>
  async (
    scope: AccountScope,
    id: number,
    { comments_enabled: enabled }: { comments_enabled: boolean },
    deadline: number,
  ): Promise<Post> => {
    const post = await getPost(scope, id);
    if (post.gone_at !== null) throw mediaGone();
    const state = await write(
      {
        subject: switchSubject(triage, post),
        act: ({ client }, options) => client.comments.setEnabled(post.instagram_id, enabled, options),
        done: { gone: false, enabled },
        isDone: (now) => !now.gone && now.enabled === enabled,
      },
      deadline,
    );
    if (state.gone) throw mediaGone();
    const stored = await getPost(scope, id);
    return { ...stored, comments_enabled: state.enabled ?? stored.comments_enabled };
  };
