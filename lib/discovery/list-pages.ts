import type { InstagramClient } from '../instagram/client.ts';
import { InstagramError } from '../instagram/errors.ts';
import type { CallOptions } from '../instagram/exchange.ts';
import { readWhole } from '../instagram/read-all.ts';
import type { Page } from '../instagram/resources/pages.ts';

/**
 * Every page that a token of Facebook Login sees: the whole list. A page's own token sees that page.
 * @throws {InstagramError}
 */
export const listPages = async (
  client: Pick<InstagramClient, 'pages'>,
  options: Pick<CallOptions, 'deadline'>,
): Promise<Page[]> => {
  let isListed = false;
  try {
    return await readWhole<Page>(
      async (asked, limits) => {
        const page = await client.pages.readPage(asked, limits);
        isListed = true;
        return page;
      },
      { call: 'GET me/accounts', idOf: ({ id }) => id },
      options,
    );
  } catch (error) {
    // a page has no such list
    const isOfPage = error instanceof InstagramError && error.means === 'parameter_refused';
    if (!isOfPage || isListed) throw error;
    return [await client.pages.get('me', options)];
  }
};
