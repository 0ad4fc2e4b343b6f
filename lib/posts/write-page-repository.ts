import { type CommonQueryMethods, type FragmentSqlToken, type IdentifierSqlToken, sql } from 'slonik';
import { z } from 'zod';
import { idSchema } from '../contract.ts';
import type { MediaInput } from '../instagram/resources/media-schema.ts';
import { COLUMNS, COMPARED, COUNTS, type Column, knownColumns, LINKS, NAMES } from './columns.ts';

/** A page of media to be stored. */
export interface PageToStore {
  account_id: number;
  /** Null: stored outside of a sync run. */
  run_id: number | null;
  /** The database's time before the request; a post of which something newer is known keeps it. Null: we did it just now. */
  read_at: string | null;
  media: readonly MediaInput[];
  /** The Graph fields that Instagram was asked for, where that were not all: the other columns stay as they are stored. */
  fields?: readonly string[];
}

type Table = 'stored' | 'excluded' | 'media' | 'old' | 'new';
const column = (table: Table, name: string) => sql.identifier([table, name]);
const listOf = (fragments: readonly ReturnType<typeof sql.fragment>[]) => sql.join(fragments, sql.fragment`, `);
const lastSegment = (table: Table, name: Column) =>
  sql.fragment`split_part(split_part(${column(table, name)}, '?', 1), '/', -1)`;

const names = listOf(NAMES.map((name) => sql.fragment`${sql.identifier([name])}`));
const mediaColumns = listOf(NAMES.map((name) => sql.fragment`${column('media', name)}`));

/** True of a stored row that this write changes. `null` and a value differ. */
const changes = (known: ReadonlySet<Column>) => {
  const compared = (table: Table) =>
    listOf([
      ...COMPARED.filter((name) => known.has(name)).map((name) => sql.fragment`${column(table, name)}`),
      ...LINKS.filter((name) => known.has(name)).map((name) => lastSegment(table, name)),
    ]);
  return sql.fragment`((${compared('stored')}) IS DISTINCT FROM (${compared('excluded')}) OR stored.gone_at IS NOT NULL)`;
};

/** What a person would call the post: all that is compared, but for its counts. */
const edited = (table: 'old' | 'new') =>
  listOf(
    [
      ...COMPARED.filter((name) => !COUNTS.includes(name)).map((name) => column(table, name)),
      ...LINKS.map((name) => lastSegment(table, name)),
      column(table, 'gone_at'),
    ].map((part) => sql.fragment`${part}`),
  );

/** True of a stored row that knows nothing newer than this write. */
const isNewer = sql.fragment`(stored.observed_at IS NULL OR stored.observed_at < excluded.observed_at)`;
/** The value of a column after this write. */
const newest = (name: string, written: FragmentSqlToken | IdentifierSqlToken = column('excluded', name)) =>
  sql.fragment`CASE WHEN ${isNewer} THEN ${written} ELSE ${column('stored', name)} END`;

/**
 * The assignments of an update. A caption that does not change keeps the value that lies in the row, compressed or out of
 * line: a fresh copy would be stored once more, and its search text, being indexed, would make the update expensive.
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
  counted: z.int(),
  repeated: z.int(),
  previous_run_ids: z.array(idSchema.nullable()),
});
/**
 * What happened to the posts of a page: how many were created, updated, unchanged. `counted`: those of the updated of which
 * nothing but the counts has changed. A post that this run saw before counts as `repeated` only. `previous_run_ids` are the distinct runs that saw these posts last; null: none did.
 */
export type StoredPage = z.output<typeof storedPageSchema>;

const NOTHING_WRITTEN = sql.fragment`
  SELECT false AS created, false AS changed, false AS edited, NULL::int8 AS previous_run_id, false AS repeated WHERE false`;

/** Distinct, and sorted by `instagram_id`: two writers that lock rows in the same order cannot deadlock. */
const toRows = (media: readonly MediaInput[]) => {
  const distinct = new Map(media.map((item) => [item.instagram_id, item]));
  return [...distinct.values()]
    .sort((one, other) => (one.instagram_id < other.instagram_id ? -1 : 1))
    .map((item) => NAMES.map((name) => COLUMNS[name].of(item)));
};

const writePage = (
  { account_id, run_id, read_at, media, fields }: PageToStore,
  only: FragmentSqlToken = sql.fragment`true`,
): FragmentSqlToken => {
  if (media.length === 0) return NOTHING_WRITTEN;
  const known = knownColumns(fields);
  return sql.fragment`
    INSERT INTO posts AS stored (account_id, id, ${names}, caption_search, seen_run_id, synced_at, observed_at)
    SELECT ${account_id}::int8, coalesce(stored_id, next_row_id(${account_id})), ${mediaColumns},
      CASE WHEN stored_id IS NULL THEN searchable(caption) END, ${run_id}::int8, service_now(), coalesce(${read_at}::timestamptz, service_now())
    FROM (
      SELECT ${mediaColumns}, ( -- one lookup per row, whatever the planner believes about a growing account
        SELECT id FROM posts WHERE account_id = ${account_id} AND posts.instagram_id = media.instagram_id
      ) AS stored_id
      FROM ${sql.unnest(
        toRows(media),
        NAMES.map((name) => COLUMNS[name].type),
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
      old.updated_at IS DISTINCT FROM new.updated_at AND (${edited('old')}) IS DISTINCT FROM (${edited('new')}) AS edited,
      old.seen_run_id AS previous_run_id, coalesce(old.seen_run_id = ${run_id}::int8, false) AS repeated`;
};

const countWritten = sql.fragment`
  SELECT count(*) FILTER (WHERE created) AS created,
    count(*) FILTER (WHERE changed AND NOT created AND NOT repeated) AS updated,
    count(*) FILTER (WHERE NOT changed AND NOT repeated) AS unchanged,
    count(*) FILTER (WHERE changed AND NOT edited AND NOT created AND NOT repeated) AS counted,
    count(*) FILTER (WHERE repeated) AS repeated,
    coalesce(array_agg(DISTINCT previous_run_id), '{}') AS previous_run_ids
  FROM written`;

/** A page's write as a part of a larger statement: `WITH written AS (${write}), stored AS (${count})`. */
export interface PageStatement {
  write: FragmentSqlToken;
  /** A query that gives one row, a `StoredPage`. */
  count: FragmentSqlToken;
}

/** `storePage` as a part of the caller's own statement. Nothing is written unless `only`, a condition, is true. */
export const pageStatement = (page: PageToStore, only: FragmentSqlToken): PageStatement => ({
  write: writePage(page, only),
  count: countWritten,
});

/** Stores a page in one statement: creates new posts, brings known ones up to date, and renews their links either way. */
export const storePage = (connection: CommonQueryMethods, page: PageToStore): Promise<StoredPage> =>
  connection.one(sql.type(storedPageSchema)`WITH written AS (${writePage(page)}) ${countWritten}`);
