import { type CommonQueryMethods, sql } from 'slonik';
import { z } from 'zod';
import { idSchema } from '../contract.ts';
import { IS_THERE } from '../posts/index.ts';

/** Hours after which the figures of a story are read; the last time is just before it is over. */
const AGES = sql.fragment`unnest('{1,6,12,23}'::int[])`;
/** So much sooner, by story: stories that were posted together are not asked for together. At most ten minutes. */
const SOONER = sql.fragment`make_interval(secs => posts.id % 600)`;
const MOMENT = sql.fragment`posted_at + age * interval '1 hour' - ${SOONER}`;

const liveSchema = z.strictObject({
  id: idSchema,
  instagram_id: z.string(),
  /** Its figures are to be read now. */
  due: z.boolean(),
  /** Seconds until they are the next time; null: never again. */
  due_in_seconds: z.number().nullable(),
});
/** A story that is not over. */
export type LiveStory = z.output<typeof liveSchema>;

/** The stories among the posts. */
export const createStoryRepository = (database: CommonQueryMethods) => ({
  /** The stories of an account that are up, as far as we know, newest first. Index: `posts_newest_first`. */
  listLive: (accountId: number): Promise<readonly LiveStory[]> =>
    database.any(sql.type(liveSchema)`
      SELECT posts.id, posts.instagram_id,
        coalesce(last.moment > (
          SELECT coalesce(max(captured_at), '-infinity') FROM insights
          WHERE account_id = posts.account_id AND instagram_id = posts.instagram_id AND whole
        ), false) AS due,
        (
          SELECT extract(epoch FROM min(moment) - service_now())::float8
          FROM (SELECT ${MOMENT} AS moment FROM ${AGES} AS age) AS moments WHERE moment > service_now()
        ) AS due_in_seconds
      FROM posts LEFT JOIN LATERAL (
        SELECT max(moment) AS moment FROM (SELECT ${MOMENT} AS moment FROM ${AGES} AS age) AS moments
        WHERE moment <= service_now()
      ) AS last ON true
      WHERE posts.account_id = ${accountId} AND posted_at > service_now() - interval '24 hours'
        AND media_product_type = 'STORY' AND ${IS_THERE}
      ORDER BY posted_at DESC, posts.id DESC
    `),
});
export type StoryRepository = ReturnType<typeof createStoryRepository>;
