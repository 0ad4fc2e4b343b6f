import type { DatabasePool } from 'slonik';
import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { databaseNow } from '../database/read-clock.ts';
import { createPostTriage, isGoneBeyondDoubt } from '../posts/index.ts';
import { createCommentRepository } from './repository.ts';

const NEIGHBOURS = 3;

interface CommentRef {
  account_id: number;
  id: number;
  instagram_id: string;
  post_id: number;
  post_instagram_id: string;
}

/**
 * What to make of Instagram's 100/33 about a post or a comment of ours, which alone proves nothing. True only when it is
 * gone beyond doubt, and then it is marked so. Asked anew every time.
 */
export const createTriage = ({ database }: { database: DatabasePool }) => {
  const comments = createCommentRepository(database);

  return {
    post: createPostTriage({ database }),

    comment: async (
      connected: ConnectedAccount,
      comment: CommentRef,
      options: { deadline: number },
    ): Promise<boolean> => {
      // Its post reads by id like a comment does: the neighbour of one that has no other.
      const neighbours = [...(await comments.findNeighbours(comment, NEIGHBOURS)), comment.post_instagram_id];
      const read_at = await databaseNow(database);
      const gone = await isGoneBeyondDoubt(connected, comment.instagram_id, neighbours, options);
      if (gone) await comments.markGone(comment, read_at);
      return gone;
    },
  };
};
export type Triage = ReturnType<typeof createTriage>;
