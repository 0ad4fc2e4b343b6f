import { ServiceError } from '../errors.ts';
import { InstagramError } from '../instagram/errors.ts';
import type { Post } from '../posts/schema.ts';
import { commentGone, mediaGone } from './failures.ts';
import type { WriteRepeatably } from './repeatable-write.ts';
import type { CommentRepository } from './repository.ts';
import type { Comment, CommentRecord } from './schema.ts';
import type { Triage } from './triage.ts';

interface Deps {
  write: WriteRepeatably;
  triage: Triage;
}
type CommentDeps = Deps & {
  getComment: (id: number) => Promise<CommentRecord>;
  comments: Pick<CommentRepository, 'setHidden' | 'markGone'>;
};

/** 100/33 without proof that the object is gone. */
const unconfirmed = () =>
  new ServiceError(
    'instagram_error',
    'Instagram says that it does not exist, but not that it was deleted; try again later',
  );

const isGone = ({ gone_at, thread_gone_at, post_gone_at }: CommentRecord) =>
  [gone_at, thread_gone_at, post_gone_at].some((gone) => gone !== null);

/**
 * Hides a comment on Instagram or shows it again, then here.
 * @throws {ServiceError} `comment_not_found`, `comment_gone`, and what Instagram refuses it for.
 */
export const createUpdateComment =
  ({ write, triage, getComment, comments }: CommentDeps) =>
  async (id: number, { hidden }: { hidden: boolean }, deadline: number): Promise<Comment> => {
    const comment = await getComment(id);
    if (isGone(comment)) throw commentGone();
    await write(
      comment.account_id,
      {
        act: ({ client }, options) => client.comments.setHidden(comment.instagram_id, hidden, options),
        isDone: async ({ client }, options) =>
          (await client.comments.get(comment.instagram_id, options)).hidden === hidden,
        whenMissing: async (connected, options) => {
          throw (await triage.comment(connected, comment, options)) ? commentGone() : unconfirmed();
        },
      },
      deadline,
    );
    return await comments.setHidden(comment, hidden);
  };

/**
 * Deletes a comment on Instagram, then marks it here, and with it the replies to it. One that is gone already is done.
 * @throws {ServiceError} `comment_not_found`, and what Instagram refuses it for.
 */
export const createDeleteComment =
  ({ write, triage, getComment, comments }: CommentDeps) =>
  async (id: number, deadline: number): Promise<void> => {
    const comment = await getComment(id);
    if (isGone(comment)) return;
    await write(
      comment.account_id,
      {
        act: ({ client }, options) => client.comments.remove(comment.instagram_id, options),
        isDone: async (connected, options) => {
          try {
            await connected.client.comments.get(comment.instagram_id, options);
            return false;
          } catch (error) {
            if (!(error instanceof InstagramError) || error.kind !== 'missing') throw error;
            return await triage.comment(connected, comment, options);
          }
        },
        whenMissing: async (connected, options) => {
          if (!(await triage.comment(connected, comment, options))) throw unconfirmed();
        },
      },
      deadline,
    );
    await comments.markGone(comment);
  };

/**
 * Switches the comments of a post on or off on Instagram, then here.
 * @throws {ServiceError} `post_not_found`, `media_gone`, and what Instagram refuses it for.
 */
export const createSwitchComments =
  ({
    write,
    triage,
    getPost,
    setCommentsEnabled,
  }: Deps & {
    getPost: (id: number) => Promise<Post>;
    setCommentsEnabled: (state: { account_id: number; id: number; enabled: boolean }) => Promise<void>;
  }) =>
  async (id: number, { comments_enabled: enabled }: { comments_enabled: boolean }, deadline: number): Promise<Post> => {
    const post = await getPost(id);
    if (post.gone_at !== null) throw mediaGone();
    await write(
      post.account_id,
      {
        act: ({ client }, options) => client.comments.setEnabled(post.instagram_id, enabled, options),
        isDone: async ({ client }, options) =>
          (await client.media.get(post.instagram_id, options)).comments_enabled === enabled,
        whenMissing: async (connected, options) => {
          throw (await triage.post(connected, post, options)) ? mediaGone() : unconfirmed();
        },
      },
      deadline,
    );
    await setCommentsEnabled({ account_id: post.account_id, id: post.id, enabled });
    return await getPost(id);
  };
