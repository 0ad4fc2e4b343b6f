/** Comments kept in step with Instagram: each function works over the connection or transaction it is given. */
import type { CommonQueryMethods } from 'slonik';
import type { CommentInput } from '../instagram/resources/comments.ts';
import { createMirrorRepository } from './mirror-repository.ts';

/**
 * Stores comments of a post, or with `parent_id` replies of one thread: new ones are created, known ones brought up to
 * date. `run_id` null: seen outside of a sync run.
 */
export const storeComments = async (
  connection: CommonQueryMethods,
  {
    comments,
    ...where
  }: {
    account_id: number;
    post_id: number;
    parent_id: number | null;
    run_id: number | null;
    comments: readonly CommentInput[];
  },
): Promise<void> => {
  if (comments.length === 0) return;
  const distinct = new Map(comments.map((comment) => [comment.instagram_id, comment]));
  const sorted = [...distinct.values()].sort((one, other) => (one.instagram_id < other.instagram_id ? -1 : 1));
  await createMirrorRepository(connection).upsert({ ...where, comments: sorted });
};
