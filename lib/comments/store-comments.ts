import type { CommonQueryMethods } from 'slonik';
import type { CommentInput } from '../instagram/resources/comments.ts';
import { createCommentMirror } from './mirror-repository.ts';

/**
 * Stores comments of a post, or replies to the comment whose Instagram id is `thread`: creates new ones, and brings known
 * ones up to date. Replies that came with comments are stored too. `run_id` null: seen outside of a sync run. `read_at` is
 * the database's time before the request; a comment of which something newer is known keeps it. Null: now.
 */
export const storeComments = async (
  connection: CommonQueryMethods,
  {
    thread,
    comments,
    ...where
  }: {
    account_id: number;
    post_id: number;
    thread: string | null;
    run_id: number | null;
    read_at: string | null;
    comments: readonly CommentInput[];
  },
): Promise<void> => {
  const mirror = createCommentMirror(connection);
  const level = comments.map((comment) => ({ ...comment, thread }));
  const replies = comments.flatMap(({ instagram_id, replies: inside }) =>
    (inside?.items ?? []).map((reply) => ({ ...reply, thread: instagram_id })),
  );
  for (const rows of [level, replies]) {
    const distinct = new Map(rows.map((row) => [row.instagram_id, row]));
    const sorted = [...distinct.values()].sort((one, other) => (one.instagram_id < other.instagram_id ? -1 : 1));
    if (sorted.length > 0) await mirror.upsert({ ...where, comments: sorted });
  }
};
