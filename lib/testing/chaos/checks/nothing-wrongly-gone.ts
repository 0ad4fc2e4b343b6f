import { sql } from 'slonik';
import { z } from 'zod';
import type { Check } from './check.ts';

const goneSchema = z.strictObject({ what: z.string(), instagram_id: z.string() });

/** Nothing comes back in a chaos run: what is stored as gone while it is there was believed gone for no good reason. */
export const nothingWronglyGone: Check = {
  promise: 'Nothing is believed gone because it was not seen',
  moments: ['step', 'settled', 'mirrored'],
  find: async ({ pool, simulator }) => {
    const gone = await pool.any(sql.type(goneSchema)`
      SELECT 'post' AS what, instagram_id FROM posts WHERE gone_at IS NOT NULL
      UNION ALL
      SELECT 'comment', instagram_id FROM comments WHERE gone_at IS NOT NULL
    `);
    return gone
      .filter(({ instagram_id }) => simulator.world.find(instagram_id) !== null)
      .map(({ what, instagram_id }) => `${what} ${instagram_id} is stored as gone, and is there`);
  },
};
