import { type CommonQueryMethods, type FragmentSqlToken, type IdentifierSqlToken, sql } from 'slonik';
import { z } from 'zod';
import { idSchema } from '../contract.ts';
import { observedBefore } from '../database/read-clock.ts';
import { IS_THERE } from './presence-repository.ts';

/** A media object as it is written; texts are storable, `children_key` says what of the children is compared. */
export interface MediaRow {
  instagram_id: string;
  username: string | null;
  caption: string | null;
  media_type: string;
  media_product_type: string | null;
  media_url: string | null;
  thumbnail_url: string | null;
  permalink: string | null;
  shortcode: string | null;
  alt_text: string | null;
  /** ISO 8601. */
  posted_at: string;
  like_count: number | null;
  comments_count: number | null;
  comments_enabled: boolean | null;
  /** JSON text. */
  children: string;
  children_key: string | null;
}
type Column = keyof MediaRow;

const COLUMNS = {
  instagram_id: 'text',
  username: 'text',
  caption: 'text',
  media_type: 'text',
  media_product_type: 'text',
  media_url: 'text',
  thumbnail_url: 'text',
  permalink: 'text',
  shortcode: 'text',
  alt_text: 'text',
  posted_at: 'timestamptz',
  like_count: 'int8',
  comments_count: 'int8',
  comments_enabled: 'bool',
  children: 'jsonb',
  children_key: 'text',
} as const satisfies Record<Column, string>;
const NAMES = Object.keys(COLUMNS) as Column[];

/** Signed anew at every read: only their last path segment tells one from another. */
const LINKS: readonly Column[] = ['media_url', 'thumbnail_url'];
/** What makes a post another one in a client's eyes; `children` are compared by their key. */
const COMPARED: readonly Column[] = NAMES.filter(
  (name) => name !== 'instagram_id' && name !== 'children' && !LINKS.includes(name),
);

const column = (table: 'stored' | 'excluded' | 'media', name: string) => sql.identifier([table, name]);
const listOf = (fragments: readonly ReturnType<typeof sql.fragment>[]) => sql.join(fragments, sql.fragment`, `);
const segment = (table: 'stored' | 'excluded', name: Column) =>
  sql.fragment`split_part(split_part(${column(table, name)}, '?', 1), '/', -1)`;

const names = listOf(NAMES.map((name) => sql.fragment`${sql.identifier([name])}`));
const mediaColumns = listOf(NAMES.map((name) => sql.fragment`${column('media', name)}`));

/** True of a stored row that this write changes. `null` and a value differ. */
const changes = (known: ReadonlySet<Column>) => {
  const sides = (table: 'stored' | 'excluded') =>
    listOf([
      ...COMPARED.filter((name) => known.has(name)).map((name) => sql.fragment`${column(table, name)}`),
      ...LINKS.filter((name) => known.has(name)).map((name) => segment(table, name)),
    ]);
  return sql.fragment`((${sides('stored')}) IS DISTINCT FROM (${sides('excluded')}) OR stored.gone_at IS NOT NULL)`;
};

/** True of a stored row that says nothing newer than this write. */
const isNewer = sql.fragment`(stored.observed_at IS NULL OR stored.observed_at < excluded.observed_at)`;
/** The value of a column after this write. */
const newest = (name: string, written: FragmentSqlToken | IdentifierSqlToken = column('excluded', name)) =>
  sql.fragment`CASE WHEN ${isNewer} THEN ${written} ELSE ${column('stored', name)} END`;

/**
 * The columns of an update. A caption that stays is kept as it lies in the row, compressed or out of line: a fresh copy of
 * it would be stored once more, and its search text, being indexed, would make the update a costly one.
 */
const assignments = (known: ReadonlySet<Column>) => {
  const plain = NAMES.filter((name) => known.has(name) && name !== 'instagram_id' && name !== 'caption');
  const same = sql.fragment`(stored.caption IS NOT DISTINCT FROM excluded.caption OR NOT ${isNewer})`;
  return listOf([
    ...plain.map((name) => sql.fragment`${sql.identifier([name])} = ${newest(name)}`),
    ...(known.has('caption')
      ? [
          sql.fragment`caption = CASE WHEN ${same} THEN stored.caption ELSE excluded.caption END`,
          sql.fragment`caption_search = CASE WHEN ${same} THEN stored.caption_search
            ELSE searchable(excluded.caption) END`,
        ]
      : []),
  ]);
};

const storedPageSchema = z.strictObject({
  created: z.int(),
  updated: z.int(),
  unchanged: z.int(),
  repeated: z.int(),
  previous_run_ids: z.array(idSchema.nullable()),
});
/** What became of a page: posts by outcome (those seen earlier in this run are `repeated` only), and who saw them last. */
export type StoredPage = z.output<typeof storedPageSchema>;

/** `media`: distinct, and sorted by `instagram_id`: two writers then never wait for each other crosswise. */
export interface MediaPageRows {
  account_id: number;
  run_id: number | null;
  /** When its reading began, on the database's clock, null: now; rows that say something newer keep it. */
  read_at: string | null;
  media: readonly MediaRow[];
  /** Columns beyond these were not asked for: a stored row keeps its own. */
  known: ReadonlySet<Column>;
}

const NOTHING_WRITTEN = sql.fragment`
  SELECT false AS created, false AS changed, NULL::int8 AS previous_run_id, false AS repeated WHERE false`;

/** Writes a page, if `only` is true: the statement of a `WITH` item `written`, which `countWritten` sums up. */
export const writePage = (
  { account_id, run_id, read_at, media, known }: MediaPageRows,
  only: FragmentSqlToken = sql.fragment`true`,
): FragmentSqlToken =>
  media.length === 0
    ? NOTHING_WRITTEN
    : sql.fragment`
  INSERT INTO posts AS stored (account_id, id, ${names}, caption_search, seen_run_id, synced_at, observed_at)
  SELECT ${account_id}::int8, coalesce(stored_id, next_row_id(${account_id})), ${mediaColumns},
    CASE WHEN stored_id IS NULL THEN searchable(caption) END, ${run_id}::int8, service_now(), coalesce(${read_at}::timestamptz, service_now())
  FROM (
    SELECT ${mediaColumns}, ( -- a lookup a row, whatever the planner believes about an account that grows
      SELECT id FROM posts WHERE account_id = ${account_id} AND posts.instagram_id = media.instagram_id
    ) AS stored_id
    FROM ${sql.unnest(
      media.map((row) => NAMES.map((name) => row[name])),
      NAMES.map((name) => COLUMNS[name]),
    )} AS media (${names})
    ORDER BY media.instagram_id
  ) AS media
  WHERE ${only}
  ON CONFLICT (account_id, instagram_id) DO UPDATE SET
    ${assignments(known)}, gone_at = ${newest('gone_at', sql.fragment`NULL`)}, synced_at = ${newest('synced_at')},
    observed_at = ${newest('observed_at')},
    seen_run_id = coalesce(excluded.seen_run_id, stored.seen_run_id),
    updated_at = CASE WHEN ${isNewer} AND ${changes(known)} THEN service_now() ELSE stored.updated_at END
  RETURNING old.id IS NULL AS created, old.updated_at IS DISTINCT FROM new.updated_at AS changed,
    old.seen_run_id AS previous_run_id, coalesce(old.seen_run_id = ${run_id}::int8, false) AS repeated`;

/** A `StoredPage` of what `written` wrote. */
export const countWritten = sql.fragment`
  SELECT count(*) FILTER (WHERE created) AS created,
    count(*) FILTER (WHERE changed AND NOT created AND NOT repeated) AS updated,
    count(*) FILTER (WHERE NOT changed AND NOT repeated) AS unchanged,
    count(*) FILTER (WHERE repeated) AS repeated,
    coalesce(array_agg(DISTINCT previous_run_id), '{}') AS previous_run_ids
  FROM written`;

const candidateSchema = z.strictObject({ id: idSchema, instagram_id: z.string() });
/** A post by both its names. */
export type PostRef = z.output<typeof candidateSchema>;

/** Posts that a complete walk did not see. */
export interface Unseen {
  account_id: number;
  run_id: number;
  run_started_at: string;
  /** Only posts published after it may be missing; null: all. */
  floor: string | null;
}

/** Stories and ads are in no listing of media: that they are not seen there says nothing. */
const IS_LISTED = sql.fragment`(media_product_type IS NULL OR media_product_type NOT IN ('STORY', 'AD'))`;

const unseen = ({ account_id, run_id, run_started_at, floor }: Unseen) => sql.fragment`
  account_id = ${account_id} AND gone_at IS NULL AND seen_run_id IS DISTINCT FROM ${run_id}::int8
  AND posted_at < ${run_started_at}::timestamptz AND created_at < ${run_started_at}::timestamptz
  ${floor === null ? sql.fragment`` : sql.fragment`AND posted_at > ${floor}::timestamptz`}
  AND ${IS_LISTED}
  AND (probed_at IS NULL OR probed_at < ${run_started_at}::timestamptz)`;

const countSchema = z.strictObject({ count: z.int() });

/** The `posts` table, as a sync writes it. */
export const createMirrorRepository = (database: CommonQueryMethods) => ({
  /** Merges new captions into the search index, and gathers the planner's statistics: half a second for 10,000 posts. */
  tidy: async (): Promise<void> => {
    await database.query(sql.unsafe`SELECT tidy_mirror()`);
  },

  /** Writes a page in one statement. */
  upsert: (page: MediaPageRows): Promise<StoredPage> =>
    database.one(sql.type(storedPageSchema)`WITH written AS (${writePage(page)}) ${countWritten}`),

  /** Whether this run has seen any of these media. */
  seenInRun: ({
    account_id,
    run_id,
    instagram_ids,
  }: {
    account_id: number;
    run_id: number;
    instagram_ids: readonly string[];
  }): Promise<boolean> =>
    database.exists(sql.unsafe`
      SELECT FROM posts
      WHERE account_id = ${account_id} AND instagram_id = ANY(${sql.array([...instagram_ids], 'text')})
        AND seen_run_id = ${run_id}
    `),

  /** Notes that this run saw posts listed of which nothing else could be read: they are there, and stay as they are stored. */
  markSeen: async ({
    account_id,
    run_id,
    instagram_ids,
  }: {
    account_id: number;
    run_id: number;
    instagram_ids: readonly string[];
  }): Promise<void> => {
    await database.query(sql.unsafe`
      UPDATE posts SET
        seen_run_id = ${run_id}, gone_at = NULL,
        updated_at = CASE WHEN gone_at IS NULL THEN updated_at ELSE service_now() END
      WHERE account_id = ${account_id} AND instagram_id = ANY(${sql.array([...instagram_ids], 'text')})
    `);
  },

  /** Up to `limit` unseen posts; those that were never asked for by id, or longest ago, come first. */
  findMissing: ({ limit, ...which }: Unseen & { limit: number }): Promise<readonly PostRef[]> =>
    database.any(sql.type(candidateSchema)`
      SELECT id, instagram_id FROM posts WHERE ${unseen(which)}
      ORDER BY probed_at NULLS FIRST, posted_at DESC, id DESC LIMIT ${limit}
    `),

  countMissing: (which: Unseen): Promise<number> =>
    database.oneFirst(sql.type(countSchema)`SELECT count(*) FROM posts WHERE ${unseen(which)}`),

  countLive: ({ account_id }: { account_id: number }): Promise<number> =>
    database.oneFirst(sql.type(countSchema)`
      SELECT count(*) FROM posts WHERE account_id = ${account_id} AND ${IS_THERE} AND ${IS_LISTED}
    `),

  countGoneSince: ({ account_id, days }: { account_id: number; days: number }): Promise<number> =>
    database.oneFirst(sql.type(countSchema)`
      SELECT count(*) FROM posts
      WHERE account_id = ${account_id} AND gone_at > service_now() - make_interval(days => ${days}::int) AND ${IS_LISTED}
    `),

  /** Up to `limit` posts that this run saw listed, newest first. */
  findNeighbours: ({
    account_id,
    run_id,
    limit,
  }: {
    account_id: number;
    run_id: number;
    limit: number;
  }): Promise<readonly PostRef[]> =>
    database.any(sql.type(candidateSchema)`
      SELECT id, instagram_id FROM posts WHERE account_id = ${account_id} AND seen_run_id = ${run_id}
      ORDER BY posted_at DESC, id DESC LIMIT ${limit}
    `),

  /** Up to `limit` posts other than `id` that are taken to be there, newest first. */
  findOthers: ({
    account_id,
    id,
    limit,
  }: {
    account_id: number;
    id: number;
    limit: number;
  }): Promise<readonly PostRef[]> =>
    database.any(sql.type(candidateSchema)`
      SELECT id, instagram_id FROM posts WHERE account_id = ${account_id} AND id <> ${id} AND ${IS_THERE}
      ORDER BY posted_at DESC, posts.id DESC LIMIT ${limit}
    `),

  setCommentsEnabled: async ({
    account_id,
    id,
    enabled,
    read_at,
  }: {
    account_id: number;
    id: number;
    enabled: boolean;
    read_at: string | null;
  }): Promise<void> => {
    await database.query(sql.unsafe`
      UPDATE posts SET comments_enabled = ${enabled}, observed_at = coalesce(${read_at}::timestamptz, service_now()),
        updated_at = CASE WHEN comments_enabled IS DISTINCT FROM ${enabled} THEN service_now() ELSE updated_at END
      WHERE account_id = ${account_id} AND id = ${id}
        AND ${observedBefore(read_at)}
    `);
  },

  /**
   * Notes that a post was asked for by id, and marks it when it is gone, unless it was seen since `read_at`; one that is
   * marked keeps its first date.
   */
  markProbed: async ({
    account_id,
    id,
    gone,
    read_at,
  }: {
    account_id: number;
    id: number;
    gone: boolean;
    read_at: string | null;
  }): Promise<void> => {
    const isKey = sql.fragment`account_id = ${account_id} AND id = ${id}`;
    await database.query(
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
