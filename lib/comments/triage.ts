import type { DatabasePool } from 'slonik';
import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { databaseNow } from '../database/read-clock.ts';
import { createPostTriage, isGoneBeyondDoubt } from '../posts/index.ts';
import { createCommentRepository } from './repository.ts';

const MAX_NEIGHBOURS = 3;

interface CommentRef {
  account_id: number;
  id: number;
  instagram_id: string;
  post_id: number;
  post_instagram_id: string;
}

/**
 * Triage of a post or comment that Instagram denies (100/33), which alone proves nothing. True: it is gone, and marked so. Asks
 * anew every time.
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
      // A probe of its post works as one of a comment does: so a comment without neighbours has one.
      const neighbours = [...(await comments.findNeighbours(comment, MAX_NEIGHBOURS)), comment.post_instagram_id];
      const read_at = await databaseNow(database);
      const gone = await isGoneBeyondDoubt(connected, comment.instagram_id, neighbours, options);
      if (gone) await comments.markGone(comment, read_at);
      return gone;
    },
  };
};
export type Triage = ReturnType<typeof createTriage>;
