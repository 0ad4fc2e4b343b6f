import type { NamedAccount, Page } from '../contract.ts';
import type { AccountScope } from '../database/account-scope.ts';
import { decodeCursor, encodeCursor, filterHash, type Position, TIME_AND_ID, toPage } from '../pagination.ts';
import type { PostFilters, PostKey, PostQuery, PostRepository, Scan } from './repository.ts';
import type { Post } from './schema.ts';

/** With fewer characters the index cannot help. */
const MIN_INDEXED_CHARACTERS = 3;
/** Posts to scan before the index is used. */
const MAX_SCANNED_FIRST = 2_000;
/** Posts to scan for one page where the index cannot help. */
const MAX_SCANNED = 20_000;

const keyOf = ({ timestamp, id }: PostKey): readonly string[] => [timestamp, String(id)];

/** A request for a page of posts. */
export interface ListRequest extends PostFilters {
  /** The accounts that the caller may see. */
  scope: AccountScope;
  /** Undefined: the only one of them. */
  account_id?: NamedAccount | undefined;
  limit: number;
  cursor?: string | undefined;
  /** Part of the caption, in any script, upper or lower case. */
  q?: string | undefined;
}

/**
 * Gives stored posts of an account, newest first, one page at a time. A page of a search may be short, even empty, and
 * still have a `next`.
 * @throws {ServiceError} `invalid_cursor`, and what `resolveAccount` throws.
 */
export const createListPosts =
  ({
    posts,
    resolveAccount,
  }: {
    posts: Pick<PostRepository, 'list' | 'search' | 'scan' | 'findMany'>;
    resolveAccount: (scope: AccountScope, named: NamedAccount | undefined) => Promise<{ id: number }>;
  }) =>
  async ({ scope, account_id, limit, cursor, q, ...filters }: ListRequest): Promise<Page<Post>> => {
    const filter = filterHash({ list: 'posts', account_id, q, ...filters });
    const position = cursor === undefined ? undefined : decodeCursor(cursor, filter, TIME_AND_ID);
    const shape = { limit, position, filter, keyOf };
    const query = { position, limit: limit + 1, ...filters };
    if (q === undefined) {
      const rows = await posts.list({ scope, account_id, ...query });
      if (rows.length === 0) await resolveAccount(scope, account_id); // perhaps there is no such account
      return toPage(rows, { ...shape, toItem: (post: Post) => post });
    }
    const { id } = await resolveAccount(scope, account_id);
    const { keys, stoppedAt } = await search(posts, q, { account_id: id, ...query });
    const ids = keys.map((key) => key.id);
    const byId = new Map((await posts.findMany(id, ids)).map((post) => [post.id, post]));
    const page = toPage(keys, { ...shape, toItem: (key: PostKey) => byId.get(key.id) });
    return {
      ...page,
      ...(stoppedAt !== null && goOnFrom(stoppedAt, position, filter, page)),
      results: page.results.filter((post) => post !== undefined),
    };
  };

/**
 * Most searches are for a frequent text: scanning the next few posts finds a page of them, while the index would read all
 * hits from all over the table. If the scan does not fill a page, the text is rare enough for the index. What the index
 * cannot find is scanned for.
 */
const search = async (posts: Pick<PostRepository, 'search' | 'scan'>, q: string, query: PostQuery): Promise<Scan> => {
  if ([...q].length < MIN_INDEXED_CHARACTERS) return posts.scan(q, query, { atMost: MAX_SCANNED });
  const nearby = await posts.scan(q, query, { atMost: MAX_SCANNED_FIRST });
  if (nearby.stoppedAt === null) return nearby;
  const hits = await posts.search(q, query);
  return hits === null ? posts.scan(q, query, { atMost: MAX_SCANNED }) : { keys: hits, stoppedAt: null };
};

/** Cursors of a page whose scan stopped early: it continues where the scan stopped, in either direction. */
const goOnFrom = (
  stoppedAt: PostKey,
  position: Position | undefined,
  filter: string,
  page: Pick<Page<unknown>, 'next' | 'previous'>,
) => {
  const cursor = (direction: Position['direction']) => encodeCursor({ direction, key: keyOf(stoppedAt) }, filter);
  return position?.direction === 'previous'
    ? { previous: cursor('previous'), next: page.next ?? cursor('next') }
    : { next: cursor('next'), previous: page.previous ?? (position === undefined ? null : cursor('previous')) };
};
