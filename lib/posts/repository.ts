import { type CommonQueryMethods, type FragmentSqlToken, sql } from 'slonik';
import { z } from 'zod';
import { idSchema, timestampSchema } from '../contract.ts';
import type { AccountScope } from '../database/account-scope.ts';
import { selectList } from '../database/select-list.ts';
import type { Position } from '../pagination.ts';
import { GONE_AT, IS_THERE } from './presence-repository.ts';
import { type Post, postRowSchema } from './schema.ts';
import { WITHHELD } from './withheld-repository.ts';

/** What a list of posts is narrowed down to. Times are ISO 8601, both inclusive. */
export interface PostFilters {
  media_type?: string | undefined;
  since?: string | undefined;
  until?: string | undefined;
  include_gone: boolean;
}
/** One page of a list: up to `limit` rows strictly after `position`, in its direction. */
export interface PageQuery extends PostFilters {
  /** Undefined: that of the only account, if there is just one. */
  account_id: number | undefined;
  position: Position | undefined;
  limit: number;
}
/** The same of a certain account. */
export interface PostQuery extends PageQuery {
  account_id: number;
}

/** Where a post stands in the list. */
const keySchema = z.strictObject({ timestamp: timestampSchema, id: idSchema });
export type PostKey = z.output<typeof keySchema>;

/** Found posts by their place in the list, in reading direction. */
export interface Walk {
  keys: readonly PostKey[];
  /** Where the walk stopped for having gone far enough; null when it found enough, or there is nothing further. */
  stoppedAt: PostKey | null;
}

/** Up to as many hits are sorted out of the index's; of anything more frequent a walk finds a page soon enough. */
const HITS_AT_MOST = 50_000;
const POST = selectList(postRowSchema, {
  table: 'posts',
  computed: {
    timestamp: sql.fragment`posts.posted_at AS timestamp`,
    withheld: WITHHELD,
    gone_at: sql.fragment`${GONE_AT} AS gone_at`,
  },
});
const NOTHING = sql.fragment``;
const NEWEST_FIRST = sql.fragment`ORDER BY posted_at DESC, id DESC`;
const OLDEST_FIRST = sql.fragment`ORDER BY posted_at ASC, id ASC`;

/** The given account, or the only one there is: looked up here, it costs a list no round trip. Else NULL, and no rows. */
const accountOf = (id: number | undefined) =>
  id === undefined
    ? sql.fragment`(SELECT min(id) FROM (SELECT id FROM accounts LIMIT 2) AS first_two HAVING count(*) = 1)`
    : sql.fragment`${id}::int8`;
/** Before and beyond every id: they make of a time the place before, or after, all posts that have it. */
const FIRST_ID = 0;
const LAST_ID = Number.MAX_SAFE_INTEGER;

const place = (timestamp: string | undefined, id: string | number | undefined) => ({
  at: sql.fragment`${timestamp ?? ''}::timestamptz`,
  id: sql.fragment`${id ?? ''}::int8`,
});
type Place = ReturnType<typeof place>;

/** The place in the list that rows must be beyond, of those that are given; `nearer`: whether one time excludes more. */
const bound = (places: readonly Place[], beyond: FragmentSqlToken, nearer: FragmentSqlToken) => {
  const [one, other] = places;
  if (one === undefined) return NOTHING;
  if (other === undefined) return sql.fragment`AND (posted_at, id) ${beyond} (${one.at}, ${one.id})`;
  const isOne = sql.fragment`(${one.at}, ${one.id}) ${nearer} (${other.at}, ${other.id})`;
  return sql.fragment`AND (posted_at, id) ${beyond} (
    CASE WHEN ${isOne} THEN ${one.at} ELSE ${other.at} END, CASE WHEN ${isOne} THEN ${one.id} ELSE ${other.id} END
  )`;
};

/**
 * One bound from either side, whatever the filters and the position are: of each further condition on a column the planner,
 * before it knows the table, takes a third of the rows to be left, and sorts those few instead of reading them in order.
 * Columns by name alone, so that it fits `posts` and the hits taken from it.
 */
const within = ({ media_type, since, until, position }: PostFilters & { position: Position | undefined }) => {
  const key = position === undefined ? [] : [place(position.key[0], position.key[1])];
  const isForwards = position?.direction === 'next';
  const from = [...(since === undefined ? [] : [place(since, FIRST_ID)]), ...(isForwards ? [] : key)];
  const to = [...(until === undefined ? [] : [place(until, LAST_ID)]), ...(isForwards ? key : [])];
  return sql.fragment`
    ${media_type === undefined ? NOTHING : sql.fragment`AND media_type = ${media_type}`}
    ${bound(from, sql.fragment`>`, sql.fragment`>`)} ${bound(to, sql.fragment`<`, sql.fragment`<`)}`;
};
const present = ({ include_gone }: PostFilters) => (include_gone ? NOTHING : sql.fragment`AND ${IS_THERE}`);
const inOrder = (position: Position | undefined) => (position?.direction === 'previous' ? OLDEST_FIRST : NEWEST_FIRST);

/** What is looked for, as captions are stored for searching. */
const needle = (q: string) => sql.fragment`searchable(${q})`;
/** Escaped after it was normalized: a full-width `％` becomes a `%`. */
const pattern = (q: string) =>
  sql.fragment`'%' || replace(replace(replace(${needle(q)}, '\\', '\\\\'), '%', '\\%'), '_', '\\_') || '%'`;
/** The index knows sequences of three letters or digits; asked for anything less it would read all of itself. */
const indexable = (q: string) => sql.fragment`${needle(q)} ~ '[[:alnum:]]{3}'`;

const foundSchema = z.strictObject({ ...keySchema.shape, walk: z.literal(false) });
const refusedSchema = z.strictObject({ timestamp: z.null(), id: z.null(), walk: z.literal(true) });
const walkedSchema = z.strictObject({ ...keySchema.shape, stopped: z.boolean() });

/** The `posts` table, as clients read it. Writing it is `mirror-repository.ts`'s. */
export const createPostRepository = (database: CommonQueryMethods) => ({
  /** One post of any of the accounts, or null. */
  find: (scope: AccountScope, id: number): Promise<Post | null> =>
    database.maybeOne(sql.type(postRowSchema)`
      SELECT ${POST} FROM posts WHERE account_id IN (${scope}) AND id = ${id}
    `),

  /** The post of an account that mirrors a medium, or null. */
  findByInstagramId: (accountId: number, instagramId: string): Promise<Post | null> =>
    database.maybeOne(sql.type(postRowSchema)`
      SELECT ${POST} FROM posts WHERE account_id = ${accountId} AND instagram_id = ${instagramId}
    `),

  /** These posts, in no particular order. */
  findMany: (accountId: number, ids: readonly number[]): Promise<readonly Post[]> =>
    database.any(sql.type(postRowSchema)`
      SELECT ${POST} FROM posts WHERE account_id = ${accountId} AND id = ANY(${sql.array([...ids], 'int8')})
    `),

  /** One page. Indexes: `posts_newest_first`, `posts_by_media_type`. */
  list: ({ account_id, position, limit, ...filters }: PageQuery): Promise<readonly Post[]> =>
    database.any(sql.type(postRowSchema)`
      SELECT ${POST} FROM posts
      WHERE account_id = ${accountOf(account_id)} ${within({ ...filters, position })} ${present(filters)}
      ${inOrder(position)} LIMIT ${limit}
    `),

  /**
   * One page of the posts whose caption contains `q`, out of all hits at once. Null where that does not pay: `q` is too
   * short for the index `posts_caption_search`, or found too often. Materialized, because the planner, left to itself,
   * guesses wrongly which of the two ways is the faster.
   */
  search: async (q: string, { account_id, position, limit, ...filters }: PostQuery): Promise<Walk['keys'] | null> => {
    const rows = await database.any(sql.type(z.union([foundSchema, refusedSchema]))`
      WITH hits AS MATERIALIZED (
        SELECT posted_at, id, media_type, gone_at, expires_at FROM posts
        WHERE account_id = ${account_id} AND caption_search LIKE ${pattern(q)} AND ${indexable(q)}
        LIMIT ${HITS_AT_MOST + 1}
      ), verdict AS MATERIALIZED (
        SELECT count(*) > ${HITS_AT_MOST} OR NOT ${indexable(q)} AS walk FROM hits
      )
      SELECT timestamp, id, false AS walk FROM (
        SELECT posted_at AS timestamp, id FROM hits
        WHERE true ${within({ ...filters, position })} ${present(filters)}
        ${inOrder(position)} LIMIT ${limit}
      ) AS page WHERE NOT (SELECT walk FROM verdict)
      UNION ALL SELECT NULL, NULL, true FROM verdict WHERE walk
    `);
    const keys = rows.flatMap((row) => (row.walk ? [] : [{ timestamp: row.timestamp, id: row.id }]));
    return rows.length === keys.length ? keys : null;
  },

  /** The same, by looking at post after post from `position` on; at `atMost`, and then a page may be short. */
  walk: async (
    q: string,
    { account_id, position, limit, ...filters }: PostQuery,
    { atMost }: { atMost: number },
  ): Promise<Walk> => {
    const walked = sql.fragment`
      FROM posts WHERE account_id = ${account_id} ${within({ ...filters, position })} ${inOrder(position)}`;
    const rows = await database.any(sql.type(walkedSchema)`
      WITH found AS MATERIALIZED (
        SELECT posted_at, id FROM (
          SELECT posted_at, id, gone_at, expires_at, caption_search ${walked} LIMIT ${atMost}
        ) AS walked
        WHERE caption_search LIKE ${pattern(q)} ${present(filters)} LIMIT ${limit}
      )
      SELECT posted_at AS timestamp, id, false AS stopped FROM found
      UNION ALL
      SELECT posted_at, id, true FROM (
        SELECT posted_at, id ${walked} OFFSET ${atMost - 1} LIMIT 1
      ) AS last WHERE (SELECT count(*) FROM found) < ${limit}
    `);
    const keyOf = ({ timestamp, id }: PostKey): PostKey => ({ timestamp, id });
    const last = rows.find(({ stopped }) => stopped);
    return {
      keys: rows.filter(({ stopped }) => !stopped).map(keyOf),
      stoppedAt: last === undefined ? null : keyOf(last),
    };
  },
});
export type PostRepository = ReturnType<typeof createPostRepository>;
