import { describe, expect, test } from '@jest/globals';
import { exchangeError } from './errors.ts';
import type { UnreadableRow } from './listing.ts';
import { createPageSize } from './page-size.ts';
import { cursorKey, type PageAsked, type WalkOptions, walk } from './walk.ts';

interface Page {
  items: readonly string[];
  unreadable: readonly UnreadableRow[];
  after: string | null;
  used: { limit: number; fields: readonly string[] };
}

const page = (items: string, after: string | null, limit = 100): Page => ({
  items: items === '' ? [] : items.split(' '),
  unreadable: [],
  after,
  used: { limit, fields: ['id'] },
});

/** A listing that answers `pages`, one after the other: an error is thrown. */
const aListing = (...pages: (Page | Error)[]) => {
  const asked: (string | null)[] = [];
  const limits: number[] = [];
  const signals: AbortSignal[] = [];
  const readPage = async ({ after, limit }: PageAsked<Page>, signal: AbortSignal): Promise<Page> => {
    asked.push(after);
    limits.push(limit);
    signals.push(signal);
    const answer = pages[asked.length - 1];
    if (answer === undefined) throw new Error('asked too often');
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { readPage, asked, limits, signals };
};

/** A listing whose n-th page `make` makes, for ever. */
const anEndlessListing = (make: (n: number) => Page) => {
  let calls = 0;
  const readPage = async (): Promise<Page> => {
    calls += 1;
    return make(calls);
  };
  return { readPage, calls: () => calls };
};

const OPTIONS = { call: 'GET {id}/things', idOf: (item: unknown) => String(item), bound: 1_000 };
const walkOf = (
  readPage: (asked: PageAsked<Page>, signal: AbortSignal) => Promise<Page>,
  options: Partial<WalkOptions<Page>> = {},
) => walk<Page>(readPage, { ...OPTIONS, size: createPageSize(100), ...options });

const collect = async (pages: AsyncIterable<Page>, into: string[] = []) => {
  for await (const { items } of pages) into.push(items.join(' '));
  return into;
};

const lost = exchangeError({ call: 'GET x', write: false, failure: 'malformed' }).withHint('invalid_cursor');

test('a walk ends where `after` is null, not at a short or empty page', async () => {
  const { readPage, asked } = aListing(page('a', '1'), page('', '2'), page('c', null));
  await expect(collect(walkOf(readPage))).resolves.toEqual(['a', '', 'c']);
  expect(asked).toEqual([null, '1', '2']);
});

test('a walk begins at the given position', async () => {
  const { readPage, asked } = aListing(page('c', null));
  await collect(walkOf(readPage, { from: '2' }));
  expect(asked).toEqual(['2']);
});

test('each read is told what the page before had to leave out', async () => {
  const previous: (readonly string[] | undefined)[] = [];
  const { readPage } = aListing(page('a', '1'), page('b', null));
  await collect(
    walkOf((asked, signal) => {
      previous.push(asked.previous?.used.fields);
      return readPage(asked, signal);
    }),
  );
  expect(previous).toEqual([undefined, ['id']]);
});

test('when a page fails, the pages before it have been given', async () => {
  const { readPage } = aListing(page('a', '1'));
  const got: string[] = [];
  await expect(collect(walkOf(readPage), got)).rejects.toThrow('asked too often');
  expect(got).toEqual(['a']);
});

describe('the early end of a walk', () => {
  test('a walk ends after the last page that is wanted', async () => {
    const { readPage, asked } = aListing(page('a', '1'), page('b', '2'));
    const stopWhen = ({ items }: Page) => items.includes('b');
    await expect(collect(walkOf(readPage, { stopWhen, readsAhead: () => true }))).resolves.toEqual(['a', 'b']);
    expect(asked).toEqual([null, '1']);
  });

  test('a walk ends after the given number of pages', async () => {
    const { readPage, asked } = aListing(page('a', '1'), page('b', '2'));
    await expect(collect(walkOf(readPage, { maxPages: 2, readsAhead: () => true }))).resolves.toEqual(['a', 'b']);
    expect(asked).toHaveLength(2);
  });
});

describe('reading ahead', () => {
  test('a walk reads nothing before it is iterated, then one page ahead', async () => {
    const { readPage, asked } = aListing(page('a', '1'), page('b', '2'), page('c', null));
    const pages = walkOf(readPage, { readsAhead: () => true });
    expect(asked).toEqual([]);
    await pages.next();
    expect(asked).toEqual([null, '1']);
    await pages.next();
    expect(asked).toEqual([null, '1', '2']);
    await pages.return();
  });

  test('without reading ahead the next page is read when it is asked for', async () => {
    const { readPage, asked } = aListing(page('a', '1'), page('b', null));
    const pages = walkOf(readPage);
    await pages.next();
    expect(asked).toEqual([null]);
    await pages.return();
  });

  test('a consumer that stops early cancels the page ahead, and its failure is ignored', async () => {
    const { readPage, signals } = aListing(page('a', '1'));
    for await (const { items } of walkOf(readPage, { readsAhead: () => true })) {
      expect(items).toEqual(['a']);
      break;
    }
    expect(signals.map((signal) => signal.aborted)).toEqual([true, true]);
  });
});

describe('a listing without end', () => {
  const outcomeOf = async (pages: AsyncIterable<Page>) => {
    const got: string[] = [];
    const error = await collect(pages, got).then(
      () => null,
      (failure: unknown) => failure,
    );
    return { got, error };
  };

  test('a listing whose cursor leads back to itself is an error', async () => {
    const { readPage, calls } = anEndlessListing((n) => page(`a${n}`, 'A'));
    const { error } = await outcomeOf(walkOf(readPage, { readsAhead: () => true }));
    expect(error).toMatchObject({ failure: 'repeated_cursor', kind: 'malformed', problemCode: 'instagram_error' });
    expect(calls()).toBe(2);
  });

  test('a listing with cursors A, B, A, B is an error', async () => {
    const { readPage, calls } = anEndlessListing((n) => page(`a${n}`, n % 2 === 1 ? 'A' : 'B'));
    const { error, got } = await outcomeOf(walkOf(readPage));
    expect(error).toMatchObject({ failure: 'repeated_cursor' });
    expect(got).toEqual(['a1', 'a2', 'a3']); // the page that shows it is good
    expect(calls()).toBe(3);
  });

  test('a listing is an error when an earlier process has followed its cursor already', async () => {
    const { readPage } = aListing(page('a', 'start'));
    const before = { followed: [cursorKey('start')], items: 0 };
    expect((await outcomeOf(walkOf(readPage, { before }))).error).toMatchObject({ failure: 'repeated_cursor' });
  });

  test('a listing is an error after ten pages in a row without a new item', async () => {
    const { readPage, calls } = anEndlessListing((n) => page('a b', `cursor-${n}`));
    const { error } = await outcomeOf(walkOf(readPage));
    expect(error).toMatchObject({ failure: 'no_progress', kind: 'malformed' });
    expect(calls()).toBe(11);
  });

  test('a listing with new cursors and no items at all is an error', async () => {
    const { readPage, calls } = anEndlessListing((n) => page('', `cursor-${n}`));
    expect((await outcomeOf(walkOf(readPage))).error).toMatchObject({ failure: 'no_progress' });
    expect(calls()).toBe(10);
  });

  test('a listing with more items than there can be is an error', async () => {
    const { readPage, calls } = anEndlessListing((n) => page(`a${n} b${n}`, `cursor-${n}`));
    const { error } = await outcomeOf(walkOf(readPage, { bound: 20 }));
    expect(error).toMatchObject({ failure: 'too_many_items', kind: 'malformed' });
    expect(calls()).toBe(11);
  });

  test('items that an earlier process saw count towards the most there can be', async () => {
    const { readPage, calls } = anEndlessListing((n) => page(`a${n} b${n}`, `cursor-${n}`));
    await outcomeOf(walkOf(readPage, { bound: 20, before: { followed: [], items: 19 } }));
    expect(calls()).toBe(1);
  });

  test('the error of an endless listing names the listing', async () => {
    const { readPage } = anEndlessListing(() => page('a', 'A'));
    expect(String((await outcomeOf(walkOf(readPage))).error)).toContain('GET {id}/things');
  });
});

describe('rows that cannot be read', () => {
  const odd = (id: string | null, isBare = false): UnreadableRow => ({ id, isBare, path: 'timestamp' });
  const withOdd = (items: string, after: string | null, ...unreadable: UnreadableRow[]) => ({
    ...page(items, after),
    unreadable,
  });

  test.each([
    ['one among many', withOdd('a b', null, odd('c'))],
    ['half of them', withOdd('a b', null, odd('c'), odd('d', true))],
    ['the only one', withOdd('', null, odd('c'))],
  ])('unreadable rows are set aside: %s', async (_, only) => {
    const { readPage } = aListing(only);
    await expect(collect(walkOf(readPage))).resolves.toHaveLength(1);
  });

  test('an unreadable row alone on a further page is set aside, even a bare id', async () => {
    const { readPage } = aListing(page('a', '1'), withOdd('', null, odd('b', true)));
    await expect(collect(walkOf(readPage))).resolves.toHaveLength(2);
  });

  test('a page with mostly unreadable rows is an error, and the pages before it are kept', async () => {
    const { readPage } = aListing(page('a', '1'), withOdd('b', null, odd('c'), odd(null)));
    const got: string[] = [];
    const walking = collect(walkOf(readPage), got);
    await expect(walking).rejects.toMatchObject({ failure: 'malformed', problemCode: 'instagram_error' });
    await expect(walking).rejects.toThrow('timestamp');
    expect(got).toEqual(['a']);
  });

  test.each([
    ['most of a page', withOdd('a', null, odd('b', true), odd('c', true))],
    ['the only row there is', withOdd('', null, odd('a', true))],
  ])('%s with nothing but ids means that a permission is missing', async (_, only) => {
    const { readPage } = aListing(only);
    await expect(collect(walkOf(readPage))).rejects.toMatchObject({
      failure: 'fields_withheld',
      kind: 'permission',
      problemCode: 'instagram_permission_missing',
    });
  });

  test('unreadable rows count as seen, so pages of new ones are progress', async () => {
    const pages = Array.from({ length: 12 }, (_, n) => withOdd('a', `${n}`, odd(`odd-${n}`)));
    const { readPage } = aListing(...pages, page('b', null));
    await expect(collect(walkOf(readPage))).resolves.toHaveLength(13);
  });
});

test('nine pages in a row without a new item are no error, also more than once', async () => {
  const empty = (from: number) => Array.from({ length: 9 }, (_, n) => page('', `${from + n}`));
  const { readPage } = aListing(page('a', '0'), ...empty(1), page('b', '10'), ...empty(11), page('c', null));
  await expect(collect(walkOf(readPage))).resolves.toHaveLength(21);
});

test('the last page ends the walk without an error, even if it repeats items', async () => {
  const { readPage } = aListing(page('a', '1'), page('a', null));
  await expect(collect(walkOf(readPage, { bound: 1 }))).resolves.toEqual(['a', 'a']);
});

describe('a position that Instagram no longer knows', () => {
  test('a lost position is an error when nobody can find the place', async () => {
    const { readPage } = aListing(page('a', '1'), lost);
    await expect(collect(walkOf(readPage))).rejects.toBe(lost);
  });

  test('after a lost position the walk continues with the page that was found', async () => {
    const { readPage, asked } = aListing(page('a', '1'), lost, page('c', null));
    const findPlace = async () => page('a b', '2');
    await expect(collect(walkOf(readPage, { findPlace }))).resolves.toEqual(['a', 'a b', 'c']);
    expect(asked).toEqual([null, '1', '2']);
  });

  test('after a lost position a walk can begin again at the top, where old cursors are allowed again', async () => {
    const pages = [page('a', '1'), page('b', '2'), lost, page('a', '1'), page('b', '2'), page('c', null)];
    const { readPage, asked } = aListing(...pages);
    const findPlace = async () => 'top' as const;
    await expect(collect(walkOf(readPage, { findPlace, readsAhead: () => true, bound: 2 }))).resolves.toHaveLength(5);
    expect(asked).toEqual([null, '1', '2', null, '1', '2']);
  });

  test('an error at the top of a listing is no lost position', async () => {
    const { readPage } = aListing(lost);
    await expect(collect(walkOf(readPage, { findPlace: async () => 'top' }))).rejects.toBe(lost);
  });

  test.each([
    ['another error', new Error('other')],
    ['an error of Instagram that says something else', exchangeError({ call: 'x', write: false, failure: 'timeout' })],
  ])('%s does not mean a lost position', async (_, error) => {
    const { readPage } = aListing(page('a', '1'), error);
    await expect(collect(walkOf(readPage, { findPlace: async () => 'top' }))).rejects.toBe(error);
  });
});

describe('the size of a page', () => {
  test('the page size that Instagram gave is asked for next, in this walk and the next of its kind', async () => {
    const size = createPageSize(100);
    const first = aListing(page('a', '1', 25), page('b', null, 25));
    await collect(walkOf(first.readPage, { size }));
    expect(first.limits).toEqual([100, 25]);
    const second = aListing(page('a', null, 25));
    await collect(walkOf(second.readPage, { size }));
    expect(second.limits).toEqual([25]);
  });

  test('a page size is doubled after eight pages in a row, up to its maximum', () => {
    const size = createPageSize(100, { limit: 40, steady: 0 });
    const next = (used: number) => {
      size.accept(used);
      return [size.limit, size.steady];
    };
    for (let steady = 1; steady < 8; steady += 1) expect(next(40)).toEqual([40, steady]);
    expect(next(40)).toEqual([80, 0]);
    expect(next(60)).toEqual([60, 0]);
    for (let pages = 0; pages < 8; pages += 1) next(60);
    expect(size.limit).toBe(100);
    for (let pages = 0; pages < 20; pages += 1) next(100);
    expect(size.limit).toBe(100);
  });

  test('a page that was asked for earlier does not change the page size learned since', () => {
    const size = createPageSize(100);
    size.accept(25);
    size.accept(100);
    expect(size.limit).toBe(25);
  });
});
