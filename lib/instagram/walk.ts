import { createHash } from 'node:crypto';
import { exchangeError, InstagramError } from './errors.ts';
import type { Asked } from './fields.ts';
import type { UnreadableRow } from './listing.ts';
import type { PageSize } from './page-size.ts';

/** One page of any listing. */
export interface ListingPage<Item = unknown> {
  /** May be fewer than asked for, even none, before the end. */
  items: readonly Item[];
  /** Unreadable rows: their objects exist. */
  unreadable: readonly UnreadableRow[];
  /** The position that the next page starts after. Only `null` is the end. */
  after: string | null;
  /** What Instagram accepted; it may be less than was asked for. */
  used: Asked;
}

/** What to read next. */
export interface PageAsked<Page> {
  after: string | null;
  limit: number;
  /** The page before: fields that Instagram refused there are not asked for again. `null`: this is the first page. */
  previous: Page | null;
}

export interface WalkOptions<Page extends ListingPage> {
  /** Method and path, ids replaced, for errors: `GET {id}/media`. */
  call: string;
  idOf: (item: Page['items'][number]) => string;
  size: PageSize;
  /** More items than this the listing cannot have. */
  bound: number;
  /** The position that the first page starts after; `null`: the top. */
  from?: string | null;
  /** What an earlier process saw of this walk: the `cursorKey` of each cursor it followed, and the number of items. */
  before?: { followed: Iterable<string>; items: number };
  /** True of the last page that is wanted. */
  stopWhen?: (page: Page) => boolean;
  maxPages?: number;
  /** Whether to read the next page while the consumer works on this one. */
  readsAhead?: (page: Page) => boolean;
  /**
   * Called when Instagram no longer knows the position. Gives the page to continue with, or `'top'` to begin again; throws
   * `lost` if neither is possible. Without it the walk throws.
   */
  findPlace?: (lost: InstagramError, previous: Page | null) => Promise<Page | 'top'>;
}

/** Pages in a row without a new item: a few are normal, because Instagram filters rows after it has selected a page. */
const MAX_STALE_PAGES = 10;

/** A short hash of a cursor: cursors are long, and this is enough to notice one that comes twice. */
export const cursorKey = (cursor: string): string =>
  createHash('sha256').update(cursor).digest('base64url').slice(0, 16);

type Endless = 'repeated_cursor' | 'no_progress' | 'too_many_items';

/** Remembers what a walk has seen, and notices a listing that has no end. */
const createMemory = <Page extends ListingPage>({
  idOf,
  bound,
  before = { followed: [], items: 0 },
}: Pick<WalkOptions<Page>, 'idOf' | 'bound' | 'before'>) => {
  const cursors = new Set(before.followed);
  const ids = new Set<string>();
  let earlier = before.items;
  let stale = 0;
  return {
    /** Adds a page. Gives the reason why no further page should be read; null: there is none. */
    note: ({ items, unreadable, after }: Page): Endless | null => {
      const known = ids.size;
      for (const item of items) ids.add(idOf(item));
      for (const { id } of unreadable) if (id !== null) ids.add(id);
      stale = ids.size > known ? 0 : stale + 1;
      if (after === null) return null;
      const key = cursorKey(after);
      if (cursors.has(key)) return 'repeated_cursor';
      cursors.add(key);
      if (earlier + ids.size > bound) return 'too_many_items';
      return stale >= MAX_STALE_PAGES ? 'no_progress' : null;
    },
    clear: (): void => {
      cursors.clear();
      ids.clear();
      earlier = 0;
      stale = 0;
    },
  };
};

/**
 * What is wrong with a page of which most rows are unreadable; null: nothing. Either Instagram's answers have changed, or a
 * permission is missing, and the readable rest must not be taken for the whole listing. One unreadable row alone on its page
 * is no such sign, unless it is a bare id on the first page.
 */
const wrongShapeOf = (
  { items, unreadable }: ListingPage,
  isFirst: boolean,
): { failure: 'malformed' | 'fields_withheld'; note: string } | null => {
  const rows = items.length + unreadable.length;
  const [first] = unreadable;
  if (first === undefined || 2 * unreadable.length <= rows) return null;
  const failure = 2 * unreadable.filter(({ isBare }) => isBare).length > rows ? 'fields_withheld' : 'malformed';
  if (rows === 1 && !(isFirst && failure === 'fields_withheld')) return null;
  return { failure, note: first.path };
};

/**
 * Walks a listing from `from` to its end, page by page. Every listing is read by this. A walk ends whatever Instagram
 * answers: a cursor that comes twice, ten pages in a row without a new item, and more items than there can be are errors.
 * The page that shows the error is given first, because its rows are good.
 * `readPage` gets a signal that fires when the consumer stops early.
 * @throws {InstagramError} when a page cannot be read, most of its rows are unreadable, or the listing has no end.
 * @see https://developers.facebook.com/docs/graph-api/results
 */
export async function* walk<Page extends ListingPage>(
  readPage: (asked: PageAsked<Page>, signal: AbortSignal) => Promise<Page>,
  options: WalkOptions<Page>,
): AsyncGenerator<Page, void, undefined> {
  const { call, size, from = null, stopWhen, readsAhead, findPlace, maxPages = Number.POSITIVE_INFINITY } = options;
  const memory = createMemory(options);
  const left = new AbortController();
  const read = (after: string | null, previous: Page | null) =>
    readPage({ after, limit: size.limit, previous }, left.signal);
  /** Continues after an error that says only that the position is lost. */
  const findAgain = async (error: unknown, after: string | null, previous: Page | null): Promise<Page> => {
    const isLost = error instanceof InstagramError && error.hint === 'invalid_cursor' && after !== null;
    if (!isLost || findPlace === undefined) throw error;
    const found = await findPlace(error, previous);
    if (found !== 'top') return found;
    memory.clear();
    return await read(null, previous);
  };

  let after = from;
  let previous: Page | null = null;
  let ahead: Promise<Page> | null = null;
  try {
    for (let pages = 1; ; pages += 1) {
      const place = [after, previous] as const;
      const page: Page = await (ahead ?? read(...place)).catch((error: unknown) => findAgain(error, ...place));
      const wrongShape = wrongShapeOf(page, after === null);
      if (wrongShape !== null) throw exchangeError({ call, write: false, ...wrongShape });
      const endless = memory.note(page);
      size.accept(page.used.limit);
      const isLast = page.after === null || pages >= maxPages || stopWhen?.(page) === true;
      ahead = !isLast && endless === null && readsAhead?.(page) === true ? read(page.after, page) : null;
      ahead?.catch(() => undefined); // the error is thrown when the consumer asks for this page; it is ignored if the consumer never does
      yield page;
      if (isLast) return;
      if (endless !== null) throw exchangeError({ call, write: false, failure: endless });
      after = page.after;
      previous = page;
    }
  } finally {
    left.abort();
  }
}
