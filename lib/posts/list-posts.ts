import type { Page } from '../contract.ts';
import { decodeCursor, encodeCursor, filterHash, type Position, TIME_AND_ID, toPage } from '../pagination.ts';
import type { PostFilters, PostKey, PostQuery, PostRepository, Walk } from './repository.ts';
import type { Post } from './schema.ts';

/** Characters from which on the index may help. */
const INDEXED_FROM = 3;
/** Posts looked at before the index is asked. */
const LOOKED_AT_FIRST = 2_000;
/** Posts that one page looks at where the index cannot help. */
const WALKED_AT_MOST = 20_000;

const keyOf = ({ timestamp, id }: PostKey): readonly string[] => [timestamp, String(id)];

/** What a list is asked for. */
export interface ListRequest extends PostFilters {
  /** Undefined: the only account. */
  account_id?: number | undefined;
  limit: number;
  cursor?: string | undefined;
  /** A part of the caption, in any script, case ignored. */
  q?: string | undefined;
}

/**
 * Stored posts of an account, newest first, a page at a time. A page of a search may be short, even empty, and still have
 * a `next`.
 * @throws {ServiceError} `invalid_cursor`, and what `resolveAccount` throws.
 */
export const createListPosts =
  ({
    posts,
    resolveAccount,
  }: {
    posts: Pick<PostRepository, 'list' | 'search' | 'walk' | 'findMany'>;
    resolveAccount: (accountId: number | undefined) => Promise<{ id: number }>;
  }) =>
  async ({ account_id, limit, cursor, q, ...filters }: ListRequest): Promise<Page<Post>> => {
    const filter = filterHash({ list: 'posts', account_id, q, ...filters });
    const position = cursor === undefined ? undefined : decodeCursor(cursor, filter, TIME_AND_ID);
    const shape = { limit, position, filter, keyOf };
    const query = { position, limit: limit + 1, ...filters };
    if (q === undefined) {
      const rows = await posts.list({ account_id, ...query });
      if (rows.length === 0) await resolveAccount(account_id); // perhaps there is no such account to have posts
      return toPage(rows, { ...shape, toItem: (post: Post) => post });
    }
    const { id } = await resolveAccount(account_id);
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
 * Most searches are for something frequent, of which the next few posts hold a page; all its hits would be read from
 * all over the table. What is not found so is rare enough for the index, and what the index cannot find is walked for.
 */
const search = async (posts: Pick<PostRepository, 'search' | 'walk'>, q: string, query: PostQuery): Promise<Walk> => {
  if ([...q].length < INDEXED_FROM) return posts.walk(q, query, { atMost: WALKED_AT_MOST });
  const nearby = await posts.walk(q, query, { atMost: LOOKED_AT_FIRST });
  if (nearby.stoppedAt === null) return nearby;
  const hits = await posts.search(q, query);
  return hits === null ? posts.walk(q, query, { atMost: WALKED_AT_MOST }) : { keys: hits, stoppedAt: null };
};

/** Links of a page whose walk stopped early: the way on is from where it stopped, and so is the way back from nothing. */
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
