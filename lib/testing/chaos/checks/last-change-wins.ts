import { sql } from 'slonik';
import { z } from 'zod';
import type { Check } from './check.ts';

const stateSchema = z.strictObject({ instagram_id: z.string(), what: z.string(), value: z.boolean() });

/**
 * Only the service hides, shows and switches in a chaos run, so what is stored needs no sync to be true: asked before the
 * last one, which would read away what was stored wrongly.
 */
export const lastChangeWins: Check = {
  promise: 'The last of several changes wins',
  moments: ['settled', 'mirrored'],
  find: async ({ pool, simulator: { world } }) => {
    const stored = await pool.any(sql.type(stateSchema)`
      SELECT instagram_id, 'hidden' AS what, hidden AS value FROM comments WHERE gone_at IS NULL
      UNION ALL
      SELECT instagram_id, 'comments_enabled', comments_enabled FROM posts
      WHERE gone_at IS NULL AND comments_enabled IS NOT NULL
    `);
    return stored.flatMap(({ instagram_id, what, value }) => {
      const object = world.find(instagram_id);
      const there =
        object?.type === 'comment'
          ? object.comment.hidden
          : object?.type === 'media'
            ? object.media.is_comment_enabled
            : value; // deleted by hand since: a sync will find out
      return there === value ? [] : [`${what} of ${instagram_id} is stored as ${value}, and is ${there}`];
    });
  },
};
