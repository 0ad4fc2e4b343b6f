import type { InstagramClient } from '../instagram/client.ts';
import { InstagramError } from '../instagram/errors.ts';
import type { CallOptions } from '../instagram/exchange.ts';
import { paginate } from '../instagram/paginate.ts';
import type { Page, PageList } from '../instagram/resources/pages.ts';

/**
 * Every page a token of Facebook Login sees, the whole list followed; a page's own token sees that page.
 * @throws {InstagramError}
 */
export const listPages = async (
  client: Pick<InstagramClient, 'pages'>,
  { deadline }: Pick<CallOptions, 'deadline'>,
): Promise<Page[]> => {
  const limits = deadline === undefined ? {} : { deadline };
  const pages: Page[] = [];
  try {
    const list = paginate((previous: PageList | null, signal) =>
      client.pages.readPage(previous?.after ?? null, { ...limits, signal }),
    );
    for await (const { items } of list) pages.push(...items);
    return pages;
  } catch (error) {
    // a page has no such list
    const isOfPage = error instanceof InstagramError && error.code === 100 && error.kind === 'rejected';
    if (!isOfPage || pages.length > 0) throw error;
    return [await client.pages.get('me', limits)];
  }
};
