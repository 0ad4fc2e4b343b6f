import type { Comment } from '../../world/types.ts';
import type { Call } from '../call.ts';
import { type Connection, expandConnection } from '../connection.ts';
import { formatTime } from '../format.ts';
import type { NodeType } from '../node.ts';

/** Comments with this parent (null: top-level ones), without those that are gone. */
const commentsUnder = (parentId: string | null, mediaId: string, { world, conditions: { isGone } }: Call) =>
  world.comments(mediaId).filter(({ id, parent_id }) => parent_id === parentId && isGone?.(id) !== true);

const repliesTo = (comment: Comment, call: Call): readonly Comment[] =>
  commentsUnder(comment.id, comment.media_id, call);

/** IG Comment. */
export const commentNode: NodeType<Comment> = {
  name: 'IGComment',
  defaults: ['id', 'text', 'timestamp'],
  only: {},
  live: new Set(['replies', 'user', 'media']),
  idOf: ({ id }) => id,
  readers: {
    id: ({ id }) => id,
    text: ({ text }) => text,
    timestamp: ({ timestamp }) => formatTime(timestamp),
    username: ({ username }) => username,
    from: ({ authorId, username }) => ({ id: authorId, username }),
    // only on what the calling account wrote itself
    user: ({ authorId }, { token }) => (authorId === token?.accountId ? { id: authorId } : undefined),
    like_count: ({ like_count }) => like_count,
    hidden: ({ hidden }) => hidden,
    parent_id: ({ parent_id }) => parent_id ?? undefined,
    legacy_instagram_comment_id: ({ id }) => `17${id.slice(-15)}`,
    media: ({ media_id }, { world }) => {
      const object = world.find(media_id);
      if (object?.type !== 'media') return { id: media_id };
      return { id: media_id, media_product_type: object.media.media_product_type ?? undefined };
    },
    replies: (comment, call, field) =>
      repliesTo(comment, call).length === 0 ? undefined : expandConnection(repliesOf(comment, call), field, call),
  },
};

/** The replies to a comment. */
export const repliesOf = (comment: Comment, call: Call): Connection<Comment> => ({
  type: commentNode,
  path: `${comment.id}/replies`,
  items: repliesTo(comment, call),
  usual: 50,
  most: 50,
  byTime: false,
});

/** The top-level comments of a media. */
export const commentsOf = (mediaId: string, call: Call): Connection<Comment> => ({
  type: commentNode,
  path: `${mediaId}/comments`,
  items: commentsUnder(null, mediaId, call),
  usual: 50,
  most: 50,
  byTime: false,
});
