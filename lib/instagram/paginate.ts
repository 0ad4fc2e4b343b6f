import { exchangeError } from './errors.ts';

/**
 * Yields every page of a Graph edge, first to last, fetching the next one while the consumer works on this one.
 * `fetchPage` gets the page before (`null`: at the start) and a signal that fires when the consumer stops early.
 * The end is a page without `after`: a page may be short, even empty, before that.
 * `followed` names cursors that led here already.
 * @throws {InstagramError} when a page cannot be read, or when a cursor comes a second time: the walk would never end.
 * @see https://developers.facebook.com/docs/graph-api/results
 */
export async function* paginate<Page extends { after: string | null }>(
  fetchPage: (previous: Page | null, signal: AbortSignal) => Promise<Page>,
  { followed = [] }: { followed?: Iterable<string> } = {},
): AsyncGenerator<Page, void, undefined> {
  const seen = new Set(followed);
  const controller = new AbortController();
  const fetchAhead = (previous: Page | null) => {
    const page = fetchPage(previous, controller.signal);
    page.catch(() => undefined); // heard when the consumer asks for it; one that stopped never does
    return page;
  };
  try {
    let ahead: Promise<Page> | null = fetchAhead(null);
    while (ahead !== null) {
      const page: Page = await ahead;
      const repeated = page.after !== null && seen.has(page.after);
      if (page.after !== null) seen.add(page.after);
      ahead = page.after === null || repeated ? null : fetchAhead(page);
      yield page;
      if (repeated) throw exchangeError({ call: 'GET page', write: false, failure: 'repeated_cursor' });
    }
  } finally {
    controller.abort();
  }
}
