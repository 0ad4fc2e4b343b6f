import { createHash } from 'node:crypto';
import { exchangeError, InstagramError } from './errors.ts';
import type { Asked } from './fields.ts';
import type { UnreadableRow } from './listing.ts';
import type { PageSize } from './page-size.ts';

/** What every listing gives at a time. */
export interface ListingPage<Item = unknown> {
  /** Can be fewer than asked for, even none, before the end. */
  items: readonly Item[];
  /** Rows set aside: they are there, and cannot be read. */
  unreadable: readonly UnreadableRow[];
  /** The position that the next page starts after; `null`: the end, and nothing else is. */
  after: string | null;
  /** What Instagram accepted, where that is less than was asked for. */
  used: Asked;
}

/** What to read next. */
export interface PageAsked<Page> {
  after: string | null;
  limit: number;
  /** The page before: what had to be left out of it need not be asked for again. `null`: this is the first. */
  previous: Page | null;
}

export interface WalkOptions<Page extends ListingPage> {
  /** Method and path, ids replaced, for errors: `GET {id}/media`. */
  call: string;
  idOf: (item: Page['items'][number]) => string;
  size: PageSize;
  /** More items than the listing can have. */
  bound: number;
  /** The position that the first page starts after; `null`: the top. */
  from?: string | null;
  /** Of an earlier process that began this walk: `cursorKey` of the cursors it followed, and how many items it saw. */
  before?: { followed: Iterable<string>; items: number };
  /** True of the page that is the last one wanted. */
  stopWhen?: (page: Page) => boolean;
  maxPages?: number;
  /** Whether the page after this one is read while the consumer works on this one. */
  readsAhead?: (page: Page) => boolean;
  /**
   * Instagram no longer knows the position: gives the page to go on with, or `'top'` to begin again. Throws `lost` where
   * neither helps. Default: it throws.
   */
  findPlace?: (lost: InstagramError, previous: Page | null) => Promise<Page | 'top'>;
}

/** Pages in a row that may bring nothing new. Instagram filters rows after it has selected a page. */
const STALE_PAGES = 10;

/** Cursors are long and opaque; a short hash tells them apart well enough to notice a circle. */
export const cursorKey = (cursor: string): string =>
  createHash('sha256').update(cursor).digest('base64url').slice(0, 16);

type Endless = 'repeated_cursor' | 'no_progress' | 'too_many_items';

/** Remembers what a walk has seen, and tells when its listing cannot be an honest one. */
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
    /** Takes a page in; what is wrong when more is said to follow it. */
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
      return stale >= STALE_PAGES ? 'no_progress' : null;
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
 * What is wrong with a page most of whose rows cannot be read: Instagram's answers have changed, or lack what a permission
 * would give; what is left must not be taken for all there is. A single row is an oddity, unless it is all there is.
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
 * Walks a listing from `from` to its end, page by page; every listing is read by this. It ends by itself, whatever
 * Instagram answers: a cursor that came before, ten pages in a row without a new item, or more items than there can be
 * are errors. The page that shows it is handed out first: its rows are good.
 * `readPage` gets a signal that fires when the consumer stops early.
 * @throws {InstagramError} when a page cannot be read, most of its rows cannot, or the listing has no end.
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
  /** Goes on after an error that says no more than that the position is lost. */
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
      ahead?.catch(() => undefined); // heard when the consumer asks for it; one that stopped never does
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
