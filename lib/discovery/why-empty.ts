import type { InstagramClient } from '../instagram/client.ts';
import { InstagramError } from '../instagram/errors.ts';
import type { CallOptions } from '../instagram/exchange.ts';
import type { MetaApp } from '../instagram/resources/token.ts';
import type { EmptyReason } from './schema.ts';

const LIST_SCOPE = 'pages_show_list';
const BUSINESS_SCOPE = 'business_management';

/** Errors that will pass. Any other leaves the question open. */
const MOMENTARY: readonly InstagramError['kind'][] = ['transient', 'throttled', 'token'];

const ifKnown = async <Answer>(answer: Promise<Answer>): Promise<Answer | null> => {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof InstagramError && !MOMENTARY.includes(error.kind)) return null;
    throw error;
  }
};

/**
 * Finds out why a token of Facebook Login sees no page: which scopes it has, for which pages, and whether a business
 * holds the pages.
 * @throws {InstagramError} when Instagram cannot be asked now.
 */
export const whyNoPage = async (
  client: Pick<InstagramClient, 'pages' | 'token'>,
  app: MetaApp | null,
  options: CallOptions,
): Promise<EmptyReason> => {
  const facts = app && (await ifKnown(client.token.debug(app, options)));
  const scopes = facts?.valid ? facts.scopes : await ifKnown(client.token.listScopes(options));
  if (scopes === null) return { code: 'not_established', message: 'Meta does not tell what the token was granted' };
  if (!scopes.includes(LIST_SCOPE)) {
    return { code: 'scope_missing', message: `The token lacks ${LIST_SCOPE}: log in again and grant it` };
  }
  const ticked = facts?.targets[LIST_SCOPE];
  if (ticked?.length === 0) {
    return { code: 'no_page_ticked', message: 'No page was ticked in the login dialog: log in again and choose one' };
  }
  if (!scopes.includes(BUSINESS_SCOPE)) {
    const why = ticked ? `Pages were ticked (${ticked.join(', ')}) but none is shown` : 'No page is shown';
    const message = `${why}; a page held through a business shows only with ${BUSINESS_SCOPE}`;
    return ticked ? { code: 'scope_missing', message } : { code: 'not_established', message };
  }
  const businesses = await ifKnown(client.pages.listHoldingBusinesses(options));
  if (businesses === null)
    return { code: 'not_established', message: 'Meta does not tell which businesses hold pages' };
  if (businesses.length > 0) {
    const names = businesses.map((name) => name ?? 'a business without a name').join(', ');
    const message = `Pages are held by ${names}, which must give this person a role on the page itself`;
    return { code: 'page_held_by_business', message };
  }
  return { code: 'no_page', message: 'This person has no role on any Facebook page' };
};

export const NO_PAGES_WITH_INSTAGRAM_LOGIN: EmptyReason = {
  code: 'instagram_login',
  message: 'The account is connected by Instagram Login, which knows no Facebook pages',
};

export const NO_LINKED_ACCOUNT: EmptyReason = {
  code: 'no_linked_account',
  message: 'No Instagram professional account is linked to these pages: link one in the page’s settings',
};
