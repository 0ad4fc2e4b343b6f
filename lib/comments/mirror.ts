/** Comments kept in step with Instagram: each function works over the connection or transaction it is given. */
import type { CommonQueryMethods } from 'slonik';
import type { CommentInput } from '../instagram/resources/comments.ts';
import { createMirrorRepository } from './mirror-repository.ts';

/** Notes that a sync run saw comments listed of which nothing else could be read. */
export const markCommentsSeen = (
  connection: CommonQueryMethods,
  which: { account_id: number; run_id: number; instagram_ids: readonly string[] },
): Promise<void> => createMirrorRepository(connection).markSeen(which);

/**
 * Stores comments of a post, or replies to the comment whose Instagram id is `thread`: new ones are created, known ones
 * brought up to date. Replies that came with comments are stored with them. `run_id` null: seen outside of a sync run.
 * `read_at`: the database's time before the request, and comments of which something newer is known keep it; null: now.
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
  const mirror = createMirrorRepository(connection);
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
