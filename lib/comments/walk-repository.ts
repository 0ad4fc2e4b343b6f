import { type CommonQueryMethods, sql } from 'slonik';
import { z } from 'zod';
import { idSchema, timestampSchema } from '../contract.ts';
import { mayAsk } from '../posts/index.ts';

/** A post whose comments are due in a run, and how far its walk is. */
const duePostSchema = z.strictObject({
  id: idSchema,
  instagram_id: z.string(),
  posted_at: timestampSchema,
  comments_count: z.int().nullable(),
  after: z.string().nullable(),
  state: z.enum(['listing', 'probing']),
  /** Instagram withheld its comments when it was last asked for them. */
  was_withheld: z.boolean(),
});
export type DuePost = z.output<typeof duePostSchema>;

const placeSchema = duePostSchema.pick({ after: true, state: true });

const missingSchema = z.strictObject({ id: idSchema, instagram_id: z.string() });
/** A stored comment that a complete walk did not see. */
export type MissingComment = z.output<typeof missingSchema>;

interface Walk {
  account_id: number;
  post_id: number;
  run_id: number;
}
const walkOf = ({ account_id, post_id, run_id }: Walk) =>
  sql.fragment`account_id = ${account_id} AND post_id = ${post_id} AND run_id = ${run_id}`;

/** The `comment_walks` table: how far the walk over each post's comments is. Tells which posts are due. */
export const createWalkRepository = (database: CommonQueryMethods) => ({
  /**
   * Up to `limit` posts, newest first after `after`, whose comments are due in this run. A post is due if its walk is begun
   * and not ended, if its comment count has changed since the last walk, or if the last walk is 7 to 13 days ago: hiding a
   * comment changes no count, nor does deleting one and writing another. The number of days differs by post, so that posts
   * that were read together are not due together again. A post without comments, on Instagram and here, is never due.
   */
  findDue: ({
    account_id,
    run_id,
    started_at,
    after,
    limit,
  }: {
    account_id: number;
    run_id: number;
    started_at: string;
    after: DuePost | null;
    limit: number;
  }): Promise<readonly DuePost[]> =>
    database.any(sql.type(duePostSchema)`
      SELECT posts.id, posts.instagram_id, posts.posted_at, posts.comments_count,
        CASE WHEN walk.run_id = ${run_id} THEN walk.after END AS after,
        CASE WHEN walk.run_id = ${run_id} THEN walk.state ELSE 'listing' END AS state,
        EXISTS (
          SELECT FROM withheld
          WHERE withheld.account_id = posts.account_id AND withheld.post_id = posts.id AND what = 'comments'
        ) AS was_withheld
      FROM posts
      LEFT JOIN comment_walks AS walk ON walk.account_id = posts.account_id AND walk.post_id = posts.id
      WHERE posts.account_id = ${account_id} AND posts.gone_at IS NULL
        AND (posts.media_product_type IS NULL OR posts.media_product_type NOT IN ('STORY', 'AD'))
        ${after === null ? sql.fragment`` : sql.fragment`AND (posts.posted_at, posts.id) < (${after.posted_at}::timestamptz, ${after.id})`}
        AND NOT coalesce(walk.run_id = ${run_id} AND walk.state = 'ended', false)
        AND ${mayAsk('comments')}
        AND (
          walk.post_id IS NULL OR walk.run_id = ${run_id}
          OR posts.comments_count IS DISTINCT FROM walk.comments_count
          OR walk.read_at < ${started_at}::timestamptz - make_interval(days => (7 + posts.id / 1024 % 7)::int)
        )
        AND (
          coalesce(posts.comments_count, 1) > 0
          OR EXISTS (
            SELECT FROM comments
            WHERE comments.account_id = posts.account_id AND comments.post_id = posts.id AND comments.gone_at IS NULL
          )
        )
      ORDER BY posts.posted_at DESC, posts.id DESC LIMIT ${limit}
    `),

  /** How far this run's walk over a post's comments is; null: it has not begun, or it has ended. */
  findPlace: (walk: Walk): Promise<Pick<DuePost, 'after' | 'state'> | null> =>
    database.maybeOne(sql.type(placeSchema)`
      SELECT after, state FROM comment_walks WHERE ${walkOf(walk)} AND state <> 'ended'
    `),

  /** Begins this run's walk over a post's comments, at the top. Changes nothing if it has begun already. */
  begin: async ({ account_id, post_id, run_id }: Walk): Promise<void> => {
    await database.query(sql.unsafe`
      INSERT INTO comment_walks AS walk (account_id, post_id, run_id, begun_at, state)
      VALUES (${account_id}, ${post_id}, ${run_id}, service_now(), 'listing')
      ON CONFLICT (account_id, post_id) DO UPDATE SET
        run_id = excluded.run_id, begun_at = excluded.begun_at, after = NULL, state = 'listing'
      WHERE walk.run_id <> excluded.run_id
    `);
  },

  /** The next page starts after `after`; null: the listing is read to its end. */
  advance: async (walk: Walk, after: string | null): Promise<void> => {
    await database.query(sql.unsafe`
      UPDATE comment_walks SET state = ${after === null ? 'probing' : 'listing'}, after = ${after} WHERE ${walkOf(walk)}
    `);
  },

  /** How many comments and replies of the post the run has seen. */
  countSeen: ({ account_id, post_id, run_id }: Walk): Promise<number> =>
    database.oneFirst(sql.type(z.strictObject({ count: z.int() }))`
      SELECT count(*) FROM comments WHERE account_id = ${account_id} AND post_id = ${post_id} AND seen_run_id = ${run_id}
    `),

  /** Up to `limit` comments that were stored before the walk began, and that it did not see; comments before replies. */
  findMissing: ({ limit, ...walk }: Walk & { limit: number }): Promise<readonly MissingComment[]> =>
    database.any(sql.type(missingSchema)`
      SELECT id, instagram_id FROM comments
      WHERE account_id = ${walk.account_id} AND post_id = ${walk.post_id} AND gone_at IS NULL
        AND seen_run_id IS DISTINCT FROM ${walk.run_id}
        AND created_at < (SELECT begun_at FROM comment_walks WHERE ${walkOf(walk)})
      ORDER BY parent_id NULLS FIRST, id LIMIT ${limit}
    `),

  /** Up to `limit` comments of the post that the run saw: neighbours for the triage of one that it did not see. */
  findNeighbours: ({ limit, ...walk }: Walk & { limit: number }): Promise<readonly string[]> =>
    database.anyFirst(sql.type(z.strictObject({ instagram_id: z.string() }))`
      SELECT instagram_id FROM comments
      WHERE account_id = ${walk.account_id} AND post_id = ${walk.post_id} AND seen_run_id = ${walk.run_id}
      ORDER BY commented_at DESC, id DESC LIMIT ${limit}
    `),

  /** Ends the walk. `comments_count` is the post's own count; null: the post is due again in the next run. */
  end: async (walk: Walk, comments_count: number | null): Promise<void> => {
    await database.query(sql.unsafe`
      UPDATE comment_walks SET
        state = 'ended', after = NULL, comments_count = ${comments_count}, read_at = service_now()
      WHERE ${walkOf(walk)}
    `);
  },
});
