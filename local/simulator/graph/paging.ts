import { hashOf } from '../world/random.ts';
import { countLeading, newestFirst, type Placed } from '../world/shelf.ts';
import { invalidCursor, invalidParameter, tooMuchData } from './errors.ts';

/** Which part of a list is asked for. Times are in seconds, both ends included. */
export interface PageRequest {
  readonly limit: number;
  readonly after: Placed | null;
  readonly before: Placed | null;
  readonly since: number | null;
  readonly until: number | null;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly hasNext: boolean;
  readonly hasPrevious: boolean;
}

const CURSOR_PREFIX = 'AQHS';

/** An opaque cursor at a place in a list. `turn` makes another cursor of the same place. */
export const encodeCursor = ({ timestamp, id }: Placed, turn = 0): string => {
  const place = `${timestamp}|${id}|${turn}`;
  return Buffer.from(`${CURSOR_PREFIX}${place}|${hashOf(place).toString(16)}`, 'latin1').toString('base64url');
};

const decodeCursor = (cursor: string): Placed | null => {
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  const [, place, timestamp, id, check] =
    /^AQHS((-?[0-9]{1,12})\|([^|]{1,64})\|[0-9]+)\|([0-9a-f]{1,8})$/.exec(text) ?? [];
  if (place === undefined || timestamp === undefined || id === undefined) return null;
  return hashOf(place).toString(16) === check ? { timestamp: Number(timestamp), id } : null;
};

const readCursor = (params: URLSearchParams, name: 'after' | 'before'): Placed | null => {
  const cursor = params.get(name);
  if (!cursor) return null;
  const place = decodeCursor(cursor);
  if (!place) throw invalidCursor(name);
  return place;
};

const readTime = (params: URLSearchParams, name: 'since' | 'until'): number | null => {
  const text = params.get(name);
  if (!text) return null;
  const seconds = /^-?[0-9]{1,12}$/.test(text) ? Number(text) : Math.floor(Date.parse(text) / 1000);
  if (Number.isNaN(seconds))
    throw invalidParameter(`Param ${name} must be a unix timestamp or a text strtotime can read`);
  return seconds;
};

/** From here on Meta does not cut a page down to its maximum but refuses it. */
const ABSURD_LIMIT = 500;

const readLimit = (params: URLSearchParams, { usual, most }: { usual: number; most: number }): number => {
  const text = params.get('limit');
  if (!text) return usual;
  if (!/^-?[0-9]{1,15}$/.test(text)) throw invalidParameter('Param limit must be an integer');
  const limit = Number(text);
  if (limit < 0) throw invalidParameter('Param limit must be non-negative');
  if (limit >= ABSURD_LIMIT) throw tooMuchData();
  return Math.min(limit, most);
};

/** What `params` ask for. `usual` and `most` rows are the edge's own. @throws {GraphError} 100 and 1. */
export const readPageRequest = (
  params: URLSearchParams,
  { usual, most, byTime }: { usual: number; most: number; byTime: boolean },
): PageRequest => ({
  limit: readLimit(params, { usual, most }),
  after: readCursor(params, 'after'),
  before: readCursor(params, 'before'),
  since: byTime ? readTime(params, 'since') : null,
  until: byTime ? readTime(params, 'until') : null,
});

/** The part of `items` (newest first) that is asked for. `overlap` rows before it are shown again. */
export const selectPage = <Item extends Placed>(
  items: readonly Item[],
  request: PageRequest,
  overlap = 0,
): Page<Item> => {
  const { limit, after, before, since, until } = request;
  const first = until === null ? 0 : countLeading(items, (item) => item.timestamp > until);
  const end = since === null ? items.length : countLeading(items, (item) => item.timestamp >= since);
  if (before) {
    const stop = Math.min(
      end,
      countLeading(items, (item) => newestFirst(item, before) < 0),
    );
    const start = Math.max(first, stop - limit);
    return { items: items.slice(start, stop), hasNext: stop < end, hasPrevious: start > first };
  }
  const next = after
    ? Math.max(
        first,
        countLeading(items, (item) => newestFirst(item, after) <= 0),
      )
    : first;
  const start = after ? Math.max(first, next - overlap) : next;
  const stop = Math.min(end, start + limit);
  return { items: items.slice(start, stop), hasNext: limit > 0 && stop < end, hasPrevious: start > first };
};
