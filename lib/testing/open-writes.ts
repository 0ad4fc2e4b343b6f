import { sql } from 'slonik';
import { z } from 'zod';
import { storeComments } from '../comments/store-comments.ts';
import type { startCommentService } from './comments.ts';
import { moveClock } from './move-clock.ts';

const commentSchema = z.strictObject({ hidden: z.boolean(), gone: z.boolean() });
const countSchema = z.strictObject({ count: z.int() });

type Service = Pick<Awaited<ReturnType<typeof startCommentService>>, 'pool' | 'simulator' | 'account' | 'givenPost'>;

/** What tests of repeatable writes look at: an object as Instagram shows it, as it is stored, and what is still open. */
export const createOpenWrites = ({ pool, simulator, account, givenPost }: Service) => {
  let hoursAhead = 0;

  return {
    /** A post with a comment of somebody else's, both stored here. */
    givenComment: async () => {
      const post = await givenPost();
      const { id: instagram_id, timestamp } = simulator.world.addComment(post.instagram_id, { text: 'Buy followers' });
      const comment = { instagram_id, text: 'Buy followers', username: 'a.visitor', author_ids: [], like_count: 0 };
      const seen = { ...comment, timestamp: new Date(timestamp * 1_000).toISOString(), hidden: false, replies: null };
      const where = { account_id: account.id, post_id: post.id, thread: null, run_id: null, read_at: null };
      await storeComments(pool, { ...where, comments: [seen] });
      const id = await pool.oneFirst(sql.type(z.strictObject({ id: z.int() }))`
        SELECT id FROM comments WHERE instagram_id = ${instagram_id}
      `);
      return { id, instagram_id, post };
    },

    storedComment: (id: number) =>
      pool.one(sql.type(commentSchema)`SELECT hidden, gone_at IS NOT NULL AS gone FROM comments WHERE id = ${id}`),
    storedSwitch: (postId: number) =>
      pool.oneFirst(sql.type(z.strictObject({ enabled: z.boolean() }))`
        SELECT comments_enabled AS enabled FROM posts WHERE id = ${postId}
      `),

    /** Null: it is not there any more. */
    shownComment: (instagramId: string) => {
      const found = simulator.world.find(instagramId);
      return found?.type === 'comment' ? found.comment : null;
    },
    shownSwitch: (instagramId: string): boolean => {
      const found = simulator.world.find(instagramId);
      return found?.type === 'media' && found.media.is_comment_enabled;
    },

    /** Objects with a write that is not settled. */
    countOpen: () => pool.oneFirst(sql.type(countSchema)`SELECT count(*) FROM open_writes`),

    /** Moves the database's clock ahead, by an hour at a time. */
    passTime: async (hours = 1) => {
      hoursAhead += hours;
      await moveClock(pool, `${hoursAhead} hours`);
    },
    /** Sets it right again. */
    presentTime: async () => {
      hoursAhead = 0;
      await moveClock(pool, '0 hours');
    },
  };
};
