import { type CommonQueryMethods, sql } from 'slonik';
import { z } from 'zod';
import { idSchema } from '../contract.ts';
import type { Failure } from '../failure.ts';
import { IS_THERE } from './presence-repository.ts';
import type { Withheld } from './schema.ts';

/** What Instagram may withhold of one post. */
type WithheldKind = Withheld['what'];

export interface WithheldKey {
  account_id: number;
  post_id: number;
  what: WithheldKind;
}

/** The pause after the first refusal; each further refusal makes it four times as long. */
const FIRST_PAUSE_SECONDS = 30 * 60;
const MAX_PAUSE_SECONDS = 7 * 24 * 3_600;
/** 4^5 half hours are more than the longest pause. */
const MAX_GROWTH = 5;

/**
 * A post's `withheld` as clients see it: a JSON array, empty where nothing is withheld. For a statement that reads `posts`.
 * Unordered: a post has two entries at most.
 */
export const WITHHELD = sql.fragment`
  coalesce((
    SELECT jsonb_agg(jsonb_build_object(
      'what', what, 'code', code, 'detail', detail,
      'retry_at', to_char(retry_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
    ))
    FROM withheld WHERE withheld.account_id = posts.account_id AND withheld.post_id = posts.id
  ), '[]') AS withheld`;

/** True of a row of `posts` that Instagram may be asked `what` of now. */
export const mayAsk = (what: WithheldKind) => sql.fragment`
  NOT EXISTS (
    SELECT FROM withheld
    WHERE withheld.account_id = posts.account_id AND withheld.post_id = posts.id AND what = ${what}
      AND retry_at > service_now()
  )`;

const controlSchema = z.strictObject({
  id: idSchema,
  instagram_id: z.string(),
  media_type: z.string(),
  media_product_type: z.string().nullable(),
});
/** A post to compare with: Instagram is expected to give of it what it withholds of another. */
export type ControlPost = z.output<typeof controlSchema>;

/** The `withheld` table. */
export const createWithheldRepository = (database: CommonQueryMethods) => ({
  /** Notes one more refusal, and when to ask again. */
  note: async (
    { account_id, post_id, what }: WithheldKey,
    { code, detail }: Pick<Failure, 'code' | 'detail'>,
  ): Promise<void> => {
    const pause = (tries: ReturnType<typeof sql.fragment>) => sql.fragment`
      service_now() + make_interval(secs => least(
        ${FIRST_PAUSE_SECONDS} * 4 ^ least(${tries} - 1, ${MAX_GROWTH}), ${MAX_PAUSE_SECONDS}
      ))`;
    await database.query(sql.unsafe`
      INSERT INTO withheld AS stored (account_id, post_id, what, code, detail, tries, retry_at)
      VALUES (${account_id}, ${post_id}, ${what}, ${code}, ${detail}, 1, ${pause(sql.fragment`1`)})
      ON CONFLICT (account_id, post_id, what) DO UPDATE SET
        code = excluded.code, detail = excluded.detail, tries = stored.tries + 1,
        retry_at = ${pause(sql.fragment`(stored.tries + 1)`)}
    `);
  },

  /**
   * Up to `limit` posts to compare with: not `except`, and nothing withheld of them. The oldest that Instagram still keeps
   * figures of, because syncs ask for the newest first. Index: `posts_newest_first`.
   */
  findControls: ({
    account_id,
    what,
    except,
    limit,
  }: {
    account_id: number;
    what: WithheldKind;
    except: readonly number[];
    limit: number;
  }): Promise<readonly ControlPost[]> =>
    database.any(sql.type(controlSchema)`
      SELECT id, instagram_id, media_type, media_product_type FROM posts
      WHERE account_id = ${account_id} AND id <> ALL(${sql.array([...except], 'int8')}) AND ${IS_THERE}
        AND posted_at > service_now() - interval '2 years'
        AND (media_product_type IS NULL OR media_product_type NOT IN ('STORY', 'AD'))
        AND NOT EXISTS (
          SELECT FROM withheld
          WHERE withheld.account_id = posts.account_id AND withheld.post_id = posts.id AND what = ${what}
        )
      ORDER BY posted_at, id LIMIT ${limit}
    `),

  /** Whether it is withheld of any post that is on Instagram. Figures count only as long as Instagram keeps them. */
  exists: ({ account_id, what }: { account_id: number; what: WithheldKind }): Promise<boolean> =>
    database.exists(sql.unsafe`
      SELECT FROM withheld JOIN posts ON posts.account_id = withheld.account_id AND posts.id = withheld.post_id
      WHERE withheld.account_id = ${account_id} AND what = ${what} AND ${IS_THERE}
        AND (what <> 'insights' OR posted_at > service_now() - interval '2 years')
    `),

  /** Instagram has given it of these posts: forgets that it was withheld. */
  clear: async ({
    account_id,
    post_ids,
    what,
  }: {
    account_id: number;
    post_ids: readonly number[];
    what: WithheldKind;
  }): Promise<void> => {
    await database.query(sql.unsafe`
      DELETE FROM withheld
      WHERE account_id = ${account_id} AND post_id = ANY(${sql.array([...post_ids], 'int8')}) AND what = ${what}
    `);
  },
});
