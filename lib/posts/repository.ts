import { type CommonQueryMethods, type FragmentSqlToken, sql } from 'slonik';
import { z } from 'zod';
import { idSchema, type NamedAccount, timestampSchema } from '../contract.ts';
import { type AccountScope, averageAccount, listedAccount } from '../database/account-scope.ts';
import { selectList } from '../database/select-list.ts';
import type { Position } from '../pagination.ts';
import { GONE_AT, IS_THERE } from './presence-repository.ts';
import { type Post, postRowSchema } from './schema.ts';
import { WITHHELD } from './withheld-repository.ts';

/** Which posts a list has. Times are ISO 8601, both inclusive. */
export interface PostFilters {
  media_type?: string | undefined;
  since?: string | undefined;
  until?: string | undefined;
  include_gone: boolean;
}
/** One page of a list: up to `limit` rows strictly after `position`, in its direction. */
interface PageQuery extends PostFilters {
  position: Position | undefined;
  limit: number;
}
/** The same of the account that a caller names; undefined: of the only one it may see, if there is exactly one. */
export interface ListQuery extends PageQuery {
  scope: AccountScope;
  account_id: NamedAccount | undefined;
}
/** The same of one account. */
export interface PostQuery extends PageQuery {
  account_id: number;
}

/** The place of a post in the list. */
const keySchema = z.strictObject({ timestamp: timestampSchema, id: idSchema });
export type PostKey = z.output<typeof keySchema>;

/** What a scan found: places of posts, in reading direction. */
export interface Scan {
  keys: readonly PostKey[];
  /** Where the scan stopped because it had read enough posts; null: it found a page, or came to the end. */
  stoppedAt: PostKey | null;
}

/** With more hits than this the index does not pay: a scan soon finds a page of something so frequent. */
const MAX_HITS = 50_000;
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

/** Smaller and larger than every id: with a time, the place before or after all posts of that time. */
const FIRST_ID = 0;
const LAST_ID = Number.MAX_SAFE_INTEGER;

const place = (timestamp: string | undefined, id: string | number | undefined) => ({
  at: sql.fragment`${timestamp ?? ''}::timestamptz`,
  id: sql.fragment`${id ?? ''}::int8`,
});
type Place = ReturnType<typeof place>;

/** A condition: rows are beyond all `places` (two at most). `nearer` compares two places: true of the stricter one. */
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
 * The conditions of a list: one bound on each side, whatever filters and position there are. Without statistics the planner
 * assumes that each condition on a column leaves a third of the rows; after a few it would sort instead of reading in order.
 * Columns are unqualified, so that it fits both `posts` and the hits taken from it.
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

/** The searched text, in the form in which captions are stored for searching. */
const needle = (q: string) => sql.fragment`searchable(${q})`;
/** Escaped after it is normalized, because that makes `%` of a full-width `％`. */
const pattern = (q: string) =>
  sql.fragment`'%' || replace(replace(replace(${needle(q)}, '\\', '\\\\'), '%', '\\%'), '_', '\\_') || '%'`;
/** The index has sequences of three letters or digits. For a text without any, all of the index would be read. */
const indexable = (q: string) => sql.fragment`${needle(q)} ~ '[[:alnum:]]{3}'`;

const foundSchema = z.strictObject({ ...keySchema.shape, is_refused: z.literal(false) });
const refusedSchema = z.strictObject({ timestamp: z.null(), id: z.null(), is_refused: z.literal(true) });
const scannedSchema = z.strictObject({ ...keySchema.shape, stopped: z.boolean() });

/** The `posts` table, as clients read it. `write-page-repository.ts` and `mirror-repository.ts` write it. */
export const createPostRepository = (database: CommonQueryMethods) => ({
  /** One post of any of the accounts, or null. */
  find: (scope: AccountScope, id: number): Promise<Post | null> =>
    database.maybeOne(sql.type(postRowSchema)`
      SELECT ${POST} FROM posts WHERE account_id IN (${scope}) AND id = ${id}
    `),

  /** The post of an account that mirrors this media, or null. */
  findByInstagramId: (accountId: number, instagramId: string): Promise<Post | null> =>
    database.maybeOne(sql.type(postRowSchema)`
      SELECT ${POST} FROM posts WHERE account_id = ${accountId} AND instagram_id = ${instagramId}
    `),

  /** The time of an account from one post to the next, by its ten newest until now; null: it has none. Index: `posts_newest_first`. */
  postingGapSeconds: (accountId: number): Promise<number | null> =>
    database.oneFirst(sql.type(z.strictObject({ seconds: z.number().nullable() }))`
      SELECT extract(epoch FROM service_now() - min(posted_at))::float8 / nullif(count(*), 0) AS seconds
      FROM (SELECT posted_at FROM posts WHERE account_id = ${accountId} ORDER BY posted_at DESC, id DESC LIMIT 10) AS newest
    `),

  /** These posts, in no particular order. */
  findMany: (accountId: number, ids: readonly number[]): Promise<readonly Post[]> =>
    database.any(sql.type(postRowSchema)`
      SELECT ${POST} FROM posts WHERE account_id = ${accountId} AND id = ANY(${sql.array([...ids], 'int8')})
    `),

  /** One page. Indexes: `posts_newest_first`, `posts_by_media_type`. */
  list: ({ scope, account_id, position, limit, ...filters }: ListQuery): Promise<readonly Post[]> =>
    database.any(sql.type(postRowSchema)`
      SELECT ${POST} FROM posts
      WHERE account_id = ${listedAccount(scope, account_id)} ${within({ ...filters, position })} ${present(filters)}
      ${inOrder(position)} LIMIT ${limit}
    `),

  /**
   * One page of the posts whose caption contains `q`, out of all hits of the index `posts_caption_search`. Null where that
   * does not pay: `q` is too short for the index, or has too many hits. Materialized, because the planner guesses wrongly
   * which of the two ways is faster.
   */
  search: async (q: string, { account_id, position, limit, ...filters }: PostQuery): Promise<Scan['keys'] | null> => {
    const rows = await database.any(sql.type(z.union([foundSchema, refusedSchema]))`
      WITH hits AS MATERIALIZED (
        SELECT posted_at, id, media_type, gone_at, expires_at FROM posts
        WHERE account_id = ${averageAccount(account_id)} AND caption_search LIKE ${pattern(q)} AND ${indexable(q)}
        LIMIT ${MAX_HITS + 1}
      ), verdict AS MATERIALIZED (
        SELECT count(*) > ${MAX_HITS} OR NOT ${indexable(q)} AS is_refused FROM hits
      )
      SELECT timestamp, id, false AS is_refused FROM (
        SELECT posted_at AS timestamp, id FROM hits
        WHERE true ${within({ ...filters, position })} ${present(filters)}
        ${inOrder(position)} LIMIT ${limit}
      ) AS page WHERE NOT (SELECT is_refused FROM verdict)
      UNION ALL SELECT NULL, NULL, true FROM verdict WHERE is_refused
    `);
    const keys = rows.flatMap((row) => (row.is_refused ? [] : [{ timestamp: row.timestamp, id: row.id }]));
    return rows.length === keys.length ? keys : null;
  },

  /** The same, by reading post after post from `position` on, `atMost` of them: so a page may be short. */
  scan: async (
    q: string,
    { account_id, position, limit, ...filters }: PostQuery,
    { atMost }: { atMost: number },
  ): Promise<Scan> => {
    const scanned = sql.fragment`
      FROM posts WHERE account_id = ${averageAccount(account_id)} ${within({ ...filters, position })} ${inOrder(position)}`;
    const rows = await database.any(sql.type(scannedSchema)`
      WITH found AS MATERIALIZED (
        SELECT posted_at, id FROM (
          SELECT posted_at, id, gone_at, expires_at, caption_search ${scanned} LIMIT ${atMost}
        ) AS scanned
        WHERE caption_search LIKE ${pattern(q)} ${present(filters)} LIMIT ${limit}
      )
      SELECT posted_at AS timestamp, id, false AS stopped FROM found
      UNION ALL
      SELECT posted_at, id, true FROM (
        SELECT posted_at, id ${scanned} OFFSET ${atMost - 1} LIMIT 1
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
