import { type CommonQueryMethods, sql } from 'slonik';
import { z } from 'zod';
import { idSchema } from '../contract.ts';
import { observedBefore } from '../database/read-clock.ts';
import { IS_THERE } from './presence-repository.ts';

const postRefSchema = z.strictObject({ id: idSchema, instagram_id: z.string() });
/** A post by our id and by Instagram's. */
export type PostRef = z.output<typeof postRefSchema>;

interface PostKey {
  account_id: number;
  id: number;
}
interface SeenPosts {
  account_id: number;
  run_id: number;
  instagram_ids: readonly string[];
}

/** Which posts a complete walk should have seen, and did not. */
export interface Unseen {
  account_id: number;
  run_id: number;
  run_started_at: string;
  /** Only posts published after it may be missing; null: all. */
  floor: string | null;
}

/** Instagram lists stories and ads nowhere among the media, so a walk that does not see them says nothing. */
const IS_LISTED = sql.fragment`(media_product_type IS NULL OR media_product_type NOT IN ('STORY', 'AD'))`;

const unseen = ({ account_id, run_id, run_started_at, floor }: Unseen) => sql.fragment`
  account_id = ${account_id} AND gone_at IS NULL AND seen_run_id IS DISTINCT FROM ${run_id}::int8
  AND posted_at < ${run_started_at}::timestamptz AND created_at < ${run_started_at}::timestamptz
  ${floor === null ? sql.fragment`` : sql.fragment`AND posted_at > ${floor}::timestamptz`}
  AND ${IS_LISTED}
  AND (probed_at IS NULL OR probed_at < ${run_started_at}::timestamptz)`;

const countSchema = z.strictObject({ count: z.int() });

/**
 * The `posts` table, as syncs and read-backs keep it in step with Instagram. Each works over the connection or transaction
 * it is given. Pages of media are stored by `storePage`.
 */
export const createPostMirror = (connection: CommonQueryMethods) => ({
  /** Whether this run has seen any of these media. */
  seenInRun: ({ account_id, run_id, instagram_ids }: SeenPosts): Promise<boolean> =>
    connection.exists(sql.unsafe`
      SELECT FROM posts
      WHERE account_id = ${account_id} AND instagram_id = ANY(${sql.array([...instagram_ids], 'text')})
        AND seen_run_id = ${run_id}
    `),

  /** Notes that this run saw posts of whose rows only the id could be read: they are on Instagram, and stay as stored. */
  markSeen: async ({ account_id, run_id, instagram_ids }: SeenPosts): Promise<void> => {
    await connection.query(sql.unsafe`
      UPDATE posts SET
        seen_run_id = ${run_id}, gone_at = NULL,
        updated_at = CASE WHEN gone_at IS NULL THEN updated_at ELSE service_now() END
      WHERE account_id = ${account_id} AND instagram_id = ANY(${sql.array([...instagram_ids], 'text')})
    `);
  },

  /**
   * Up to `limit` posts that a complete walk did not see, to be probed: no stories or ads, published and stored before the
   * run began, after `floor`, not probed since the run began. Those never probed come first, then those probed longest ago.
   * A post is never gone only because no walk saw it.
   */
  findMissing: ({ limit, ...which }: Unseen & { limit: number }): Promise<readonly PostRef[]> =>
    connection.any(sql.type(postRefSchema)`
      SELECT id, instagram_id FROM posts WHERE ${unseen(which)}
      ORDER BY probed_at NULLS FIRST, posted_at DESC, id DESC LIMIT ${limit}
    `),

  /** How many posts `findMissing` would find without a limit. */
  countMissing: (which: Unseen): Promise<number> =>
    connection.oneFirst(sql.type(countSchema)`SELECT count(*) FROM posts WHERE ${unseen(which)}`),

  /** How many posts are on Instagram, as far as we know, and in its listings. */
  countLive: ({ account_id }: { account_id: number }): Promise<number> =>
    connection.oneFirst(sql.type(countSchema)`
      SELECT count(*) FROM posts WHERE account_id = ${account_id} AND ${IS_THERE} AND ${IS_LISTED}
    `),

  /** How many posts that would be in listings were marked gone within the last `days`. */
  countGoneSince: ({ account_id, days }: { account_id: number; days: number }): Promise<number> =>
    connection.oneFirst(sql.type(countSchema)`
      SELECT count(*) FROM posts
      WHERE account_id = ${account_id} AND gone_at > service_now() - make_interval(days => ${days}::int) AND ${IS_LISTED}
    `),

  /** Up to `limit` posts that this run saw listed, newest first: neighbours for the triage of a missing post. */
  findNeighbours: ({
    account_id,
    run_id,
    limit,
  }: Omit<SeenPosts, 'instagram_ids'> & { limit: number }): Promise<readonly PostRef[]> =>
    connection.any(sql.type(postRefSchema)`
      SELECT id, instagram_id FROM posts WHERE account_id = ${account_id} AND seen_run_id = ${run_id}
      ORDER BY posted_at DESC, id DESC LIMIT ${limit}
    `),

  /** Up to `limit` other posts that are on Instagram, as far as we know, newest first: neighbours for a triage. */
  findOthers: ({ account_id, id, limit }: PostKey & { limit: number }): Promise<readonly PostRef[]> =>
    connection.any(sql.type(postRefSchema)`
      SELECT id, instagram_id FROM posts WHERE account_id = ${account_id} AND id <> ${id} AND ${IS_THERE}
      ORDER BY posted_at DESC, posts.id DESC LIMIT ${limit}
    `),

  /**
   * Notes whether comments on a post are switched on: on Instagram at `read_at`, the database's time before the request; null:
   * we have just switched them.
   */
  setCommentsEnabled: async ({
    account_id,
    id,
    enabled,
    read_at,
  }: PostKey & { enabled: boolean; read_at: string | null }): Promise<void> => {
    await connection.query(sql.unsafe`
      UPDATE posts SET comments_enabled = ${enabled}, observed_at = coalesce(${read_at}::timestamptz, service_now()),
        updated_at = CASE WHEN comments_enabled IS DISTINCT FROM ${enabled} THEN service_now() ELSE updated_at END
      WHERE account_id = ${account_id} AND id = ${id}
        AND ${observedBefore(read_at)}
    `);
  },

  /**
   * Notes that a post was probed. Marks it gone when it is `gone`, unless it was seen after `read_at`, the database's time
   * before the request (null: now). A post that is marked already keeps its first date.
   */
  markProbed: async ({
    account_id,
    id,
    gone,
    read_at,
  }: PostKey & { gone: boolean; read_at: string | null }): Promise<void> => {
    const isKey = sql.fragment`account_id = ${account_id} AND id = ${id}`;
    await connection.query(
      gone
        ? sql.unsafe`
          UPDATE posts SET probed_at = service_now(), observed_at = greatest(observed_at, coalesce(${read_at}::timestamptz, service_now())),
            gone_at = CASE WHEN ${observedBefore(read_at)} THEN coalesce(gone_at, service_now()) ELSE gone_at END,
            updated_at = CASE
              WHEN gone_at IS NULL AND ${observedBefore(read_at)} THEN service_now() ELSE updated_at END
          WHERE ${isKey}`
        : sql.unsafe`UPDATE posts SET probed_at = service_now() WHERE ${isKey}`,
    );
  },
});
