import type { AskInstagram } from '../accounts/ask-instagram.ts';
import { ServiceError } from '../errors.ts';
import type { InstagramClient } from '../instagram/client.ts';
import { InstagramError } from '../instagram/errors.ts';
import type { CallOptions } from '../instagram/exchange.ts';
import type { Page } from '../instagram/resources/pages.ts';
import type { MetaApp } from '../instagram/resources/token.ts';
import { listPages } from './list-pages.ts';
import type { DiscoveredAccount, EmptyReason } from './schema.ts';
import { NO_LINKED_ACCOUNT, NO_PAGES_WITH_INSTAGRAM_LOGIN, whyNoPage } from './why-empty.ts';

const whole = <Item>(results: Item[], reason: EmptyReason | null) => ({
  next: null,
  previous: null,
  results,
  reason,
});

interface Deps {
  ask: AskInstagram;
  app: MetaApp | null;
}

/** The Facebook pages that an account's token sees. @throws {ServiceError} for whatever Instagram refuses. */
export const createListUserPages =
  ({ ask, app }: Deps) =>
  (accountId: number, options: CallOptions) =>
    ask(accountId, async ({ account, client }) => {
      if (account.login === 'instagram') return whole<Page>([], NO_PAGES_WITH_INSTAGRAM_LOGIN);
      const pages = await listPages(client, options);
      return whole(pages, pages.length === 0 ? await whyNoPage(client, app, options) : null);
    });

/**
 * The Instagram professional accounts behind an account's token, or those of one page.
 * @throws {ServiceError} `not_found` for a page that the token does not see.
 */
export const createListInstagramAccounts =
  ({ ask, app }: Deps) =>
  (accountId: number, pageId: string | undefined, options: CallOptions) =>
    ask(accountId, async ({ account, client }) => {
      if (account.login === 'instagram') {
        if (pageId !== undefined) throw pageNotFound();
        const { instagram_id: id, username, name } = await client.account.get('me', options);
        return whole<DiscoveredAccount>([{ id, username, name, page: null }], null);
      }
      const pages = pageId === undefined ? await listPages(client, options) : [await readPage(client, pageId, options)];
      const found = pages.flatMap(({ id, name, instagram_account }) =>
        instagram_account === null ? [] : [{ ...instagram_account, page: { id, name } }],
      );
      if (found.length > 0) return whole<DiscoveredAccount>(found, null);
      return whole<DiscoveredAccount>([], pages.length > 0 ? NO_LINKED_ACCOUNT : await whyNoPage(client, app, options));
    });

const pageNotFound = () => new ServiceError('not_found', 'There is no such page, or the token does not see it');

const readPage = async (
  client: Pick<InstagramClient, 'pages'>,
  pageId: string,
  options: CallOptions,
): Promise<Page> => {
  try {
    return await client.pages.get(pageId, options);
  } catch (error) {
    // There is no such object, or we may not see it, or it is no page.
    const isOther =
      error instanceof InstagramError &&
      (error.kind === 'missing' || error.hint === 'unknown_object' || error.means === 'parameter_refused');
    throw isOther ? pageNotFound() : error;
  }
};
