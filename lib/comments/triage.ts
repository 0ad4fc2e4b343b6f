import type { DatabasePool } from 'slonik';
import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { InstagramError } from '../instagram/errors.ts';
import { triageMissing } from '../instagram/triage.ts';
import { findOthers, markProbed } from '../posts/mirror.ts';
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

  const isGone = async (
    { account, client }: ConnectedAccount,
    objectId: string,
    neighbourIds: readonly string[],
    options: { deadline: number },
  ): Promise<boolean> => {
    try {
      const about = { client, account: account.instagram_id, objectId, neighbourIds };
      return (await triageMissing(about, options)) === 'gone';
    } catch (error) {
      if (error instanceof InstagramError) return false; // it cannot be said now
      throw error;
    }
  };

  return {
    post: async (
      connected: ConnectedAccount,
      post: { account_id: number; id: number; instagram_id: string },
      options: { deadline: number },
    ): Promise<boolean> => {
      const { account_id, id } = post;
      const neighbours = await findOthers(database, { account_id, id, limit: NEIGHBOURS });
      const gone = await isGone(
        connected,
        post.instagram_id,
        neighbours.map(({ instagram_id }) => instagram_id),
        options,
      );
      if (gone) await markProbed(database, { account_id, id, gone });
      return gone;
    },

    comment: async (
      connected: ConnectedAccount,
      comment: CommentRef,
      options: { deadline: number },
    ): Promise<boolean> => {
      // Its post reads by id like a comment does: the neighbour of one that has no other.
      const neighbours = [...(await comments.findNeighbours(comment, NEIGHBOURS)), comment.post_instagram_id];
      const gone = await isGone(connected, comment.instagram_id, neighbours, options);
      if (gone) await comments.markGone(comment);
      return gone;
    },
  };
};
export type Triage = ReturnType<typeof createTriage>;
