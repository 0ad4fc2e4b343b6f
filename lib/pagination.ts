import { createHash } from 'node:crypto';
import { z } from 'zod';
import { ServiceError } from './errors.ts';

/** Where a page starts: strictly after `key` in `direction`. `key` is the sort key's text exactly as SQL gave it. */
export interface Position {
  direction: 'next' | 'previous';
  key: readonly string[];
}

/** One page of an account's rows, by an id that grows with every row: up to `limit`, strictly after `position`. */
export interface PageById {
  account_id: number;
  position: Position | undefined;
  limit: number;
}

const idKeySchema = z.string().regex(/^[1-9][0-9]{0,15}$/);
/** The key of a list by id. */
const ID = [idKeySchema] as const;
/** The key of a list by time: a time as SQL gave it, and an id. A cursor with anything else was not made here. */
export const TIME_AND_ID = [
  z.iso.datetime({ precision: 0 }).refine((time) => !time.startsWith('0000')),
  idKeySchema,
] as const;

const CURSOR_VERSION = 1;
const MAX_CURSOR_LENGTH = 1_000;
const cursorSchema = z.tuple([
  z.literal(CURSOR_VERSION),
  z.enum(['n', 'p']),
  z.string(),
  z.array(z.string().max(100)).max(8),
]);

/** A short hash of what a list was filtered by: a cursor made for one list is refused by another. */
export const filterHash = (filter: unknown): string =>
  createHash('sha256').update(JSON.stringify(filter)).digest('base64url').slice(0, 12);

/** Makes a position opaque for clients. It is validated when it comes back, not secret. */
export const encodeCursor = ({ direction, key }: Position, filter: string): string =>
  Buffer.from(JSON.stringify([CURSOR_VERSION, direction === 'next' ? 'n' : 'p', filter, key])).toString('base64url');

/**
 * Reads a cursor made by `encodeCursor`; `key` names a check for each of its parts.
 * @throws {ServiceError} `invalid_cursor` when it is malformed, of another version, or made for another filter.
 */
export const decodeCursor = (cursor: string, filter: string, key: readonly z.ZodType<string>[]): Position => {
  try {
    if (cursor.length > MAX_CURSOR_LENGTH || !/^[A-Za-z0-9_-]+$/.test(cursor)) throw new TypeError('not base64url');
    const [, direction, madeFor, parts] = cursorSchema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    if (madeFor !== filter || parts.length !== key.length) throw new TypeError('made for another list');
    return {
      direction: direction === 'n' ? 'next' : 'previous',
      key: key.map((check, at) => check.parse(parts[at])),
    };
  } catch (cause) {
    throw new ServiceError('invalid_cursor', 'The cursor is not one of this list; start again without it', { cause });
  }
};

/**
 * Shapes up to `limit + 1` rows, read in the position's direction, as a page: newest first whichever way it was read.
 * `keyOf` gives a row's sort key as text.
 */
export const toPage = <Row, Item>(
  rows: readonly Row[],
  {
    limit,
    position,
    filter,
    keyOf,
    toItem,
  }: {
    limit: number;
    position: Position | undefined;
    filter: string;
    keyOf: (row: Row) => readonly string[];
    toItem: (row: Row) => Item;
  },
) => {
  const backwards = position?.direction === 'previous';
  const more = rows.length > limit;
  const shown = rows.slice(0, limit);
  if (backwards) shown.reverse();
  const cursor = (direction: Position['direction'], row: Row | undefined) =>
    row === undefined ? null : encodeCursor({ direction, key: keyOf(row) }, filter);
  return {
    next: (backwards ? shown.length > 0 : more) ? cursor('next', shown.at(-1)) : null,
    previous: (backwards ? more : position !== undefined) ? cursor('previous', shown[0]) : null,
    results: shown.map(toItem),
  };
};

/**
 * A page of a list by id, newest first. `about` tells its cursors from those of other lists; `read` gives the rows in the
 * direction of the position. @throws {ServiceError} `invalid_cursor`.
 */
export const listById = async <Row extends { id: number }>(
  about: Parameters<typeof filterHash>[0],
  { limit, cursor }: { limit: number; cursor?: string | undefined },
  read: (page: Omit<PageById, 'account_id'>) => Promise<readonly Row[]>,
) => {
  const filter = filterHash(about);
  const position = cursor === undefined ? undefined : decodeCursor(cursor, filter, ID);
  const rows = await read({ position, limit: limit + 1 });
  return toPage(rows, { limit, position, filter, keyOf: ({ id }) => [String(id)], toItem: (row) => row });
};

/** The same of an account's rows; `name` names the list. */
export const createListById =
  <Row extends { id: number }>(name: string, read: (page: PageById) => Promise<readonly Row[]>) =>
  ({ account_id, ...page }: { account_id: number; limit: number; cursor?: string | undefined }) =>
    listById({ list: name, account_id }, page, (at) => read({ account_id, ...at }));
