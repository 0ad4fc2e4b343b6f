import { expect, test } from '@jest/globals';
import { paginate } from './paginate.ts';

interface Page {
  name: string;
  after: string | null;
}

/** A list whose pages come when they are told to. */
const aList = (...pages: Page[]) => {
  const asked: (string | null)[] = [];
  const signals: AbortSignal[] = [];
  const fetchPage = async (previous: Page | null, signal: AbortSignal): Promise<Page> => {
    asked.push(previous?.after ?? null);
    signals.push(signal);
    const page = pages[asked.length - 1];
    if (page === undefined) throw new Error('asked too often');
    return page;
  };
  return { fetchPage, asked, signals };
};

const collect = async (pages: AsyncIterable<Page>, into: string[] = []) => {
  for await (const page of pages) into.push(page.name);
  return into;
};

test('ends where `after` does, not at a short or empty page', async () => {
  const { fetchPage, asked } = aList(
    { name: 'a', after: '1' },
    { name: 'empty', after: '2' },
    { name: 'c', after: null },
  );
  await expect(collect(paginate(fetchPage))).resolves.toEqual(['a', 'empty', 'c']);
  expect(asked).toEqual([null, '1', '2']);
});

test('asks for nothing before it is iterated, then one page ahead', async () => {
  const { fetchPage, asked } = aList({ name: 'a', after: '1' }, { name: 'b', after: '2' }, { name: 'c', after: null });
  const pages = paginate(fetchPage);
  expect(asked).toEqual([]);
  await pages.next();
  expect(asked).toEqual([null, '1']);
  await pages.next();
  expect(asked).toEqual([null, '1', '2']);
  await pages.return();
});

test('leaving early calls the page ahead off, whose failure nobody hears', async () => {
  const { fetchPage, signals } = aList({ name: 'a', after: '1' });
  for await (const page of paginate(fetchPage)) {
    expect(page.name).toBe('a');
    break;
  }
  expect(signals.map((signal) => signal.aborted)).toEqual([true, true]);
});

test('a page that fails does so after the ones before it were handed out', async () => {
  const { fetchPage } = aList({ name: 'a', after: '1' });
  const got: string[] = [];
  await expect(collect(paginate(fetchPage), got)).rejects.toThrow('asked too often');
  expect(got).toEqual(['a']);
});

test('a cursor that comes again ends the walk with an error, not for ever', async () => {
  const { fetchPage, asked } = aList(
    { name: 'a', after: '1' },
    { name: 'b', after: '2' },
    { name: 'c', after: '1' },
    { name: 'b', after: '2' },
  );
  const got: string[] = [];
  await expect(collect(paginate(fetchPage), got)).rejects.toMatchObject({
    failure: 'repeated_cursor',
    kind: 'malformed',
  });
  expect(got).toEqual(['a', 'b', 'c']);
  expect(asked).toHaveLength(3);
});

test('a cursor followed before the walk began counts as seen', async () => {
  const { fetchPage } = aList({ name: 'a', after: 'start' });
  await expect(collect(paginate(fetchPage, { followed: ['start'] }))).rejects.toMatchObject({
    failure: 'repeated_cursor',
  });
});
