import { sql } from 'slonik';
import { z } from 'zod';
import type { Check } from './check.ts';

const postSchema = z.strictObject({ instagram_id: z.string(), caption: z.string().nullable() });
const commentSchema = z.strictObject({
  instagram_id: z.string(),
  text: z.string().nullable(),
  parent: z.string().nullable(),
});

/** What is only in one of two lists, or not the same in both. */
const differences = <Row extends { instagram_id: string }>(
  what: string,
  stored: readonly Row[],
  there: readonly Row[],
): string[] => {
  const toMap = (rows: readonly Row[]) => new Map(rows.map((row) => [row.instagram_id, JSON.stringify(row)]));
  const [ours, theirs] = [toMap(stored), toMap(there)];
  return [...new Set([...ours.keys(), ...theirs.keys()])]
    .filter((id) => ours.get(id) !== theirs.get(id))
    .map((id) => `${what} ${id}: stored ${ours.get(id) ?? 'as gone, or not at all'}, there ${theirs.get(id) ?? 'not'}`);
};

/** After a last sync of everything, what is stored is what is there. */
export const nothingLost: Check = {
  promise: 'Nothing is lost: the mirror equals the world',
  moments: ['mirrored'],
  find: async ({ pool, simulator: { world }, accounts }) => {
    const faults: string[] = [];
    for (const { id, instagram_id } of accounts) {
      const media = world.listed(instagram_id);
      const posts = await pool.any(sql.type(postSchema)`
        SELECT instagram_id, caption FROM posts WHERE account_id = ${id} AND gone_at IS NULL
      `);
      const comments = await pool.any(sql.type(commentSchema)`
        SELECT comments.instagram_id, comments.text, parents.instagram_id AS parent
        FROM comments
        JOIN posts ON posts.account_id = comments.account_id AND posts.id = comments.post_id
        LEFT JOIN comments AS parents ON parents.account_id = comments.account_id AND parents.id = comments.parent_id
        WHERE comments.account_id = ${id} AND comments.gone_at IS NULL AND posts.gone_at IS NULL
      `);
      faults.push(
        ...differences(
          'post',
          posts,
          media.map((one) => ({ instagram_id: one.id, caption: one.caption })),
        ),
        ...differences(
          'comment',
          comments,
          media.flatMap((one) =>
            world
              .comments(one.id)
              .map(({ id: comment, text, parent_id }) => ({ instagram_id: comment, text, parent: parent_id })),
          ),
        ),
      );
    }
    return faults;
  },
};
