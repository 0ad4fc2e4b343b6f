import type { InstagramClient } from '../instagram/client.ts';
import { InstagramError } from '../instagram/errors.ts';
import type { CallOptions } from '../instagram/exchange.ts';
import { createPageSize } from '../instagram/page-size.ts';
import type { Page, PageList } from '../instagram/resources/pages.ts';
import { walk } from '../instagram/walk.ts';

/** The size that others use; Meta documents no maximum. */
const PAGE_SIZE = 100;
/** Far more pages than anybody has a role on. */
const MAX_LISTED = 10_000;

/**
 * Every page that a token of Facebook Login sees: the whole list. A page's own token sees that page.
 * @throws {InstagramError}
 */
export const listPages = async (
  client: Pick<InstagramClient, 'pages'>,
  { deadline }: Pick<CallOptions, 'deadline'>,
): Promise<Page[]> => {
  const limits = deadline === undefined ? {} : { deadline };
  const list = walk<PageList>(
    ({ after, limit }, signal) => client.pages.readPage({ after, limit }, { ...limits, signal }),
    {
      call: 'GET me/accounts',
      idOf: ({ id }) => id,
      size: createPageSize(PAGE_SIZE),
      bound: MAX_LISTED,
      readsAhead: () => true,
    },
  );
  const pages: Page[] = [];
  try {
    for await (const { items } of list) pages.push(...items);
    return pages;
  } catch (error) {
    // a page has no such list
    const isOfPage = error instanceof InstagramError && error.means === 'parameter_refused';
    if (!isOfPage || pages.length > 0) throw error;
    return [await client.pages.get('me', limits)];
  }
};
