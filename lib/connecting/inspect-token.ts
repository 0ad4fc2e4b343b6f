import type { CheckedToken } from '../accounts/keep-token.ts';
import { guessLogin } from '../auth/verify-token.ts';
import { listPages } from '../discovery/list-pages.ts';
import { NO_LINKED_ACCOUNT, whyNoPage } from '../discovery/why-empty.ts';
import type { InstagramClient } from '../instagram/client.ts';
import { InstagramError } from '../instagram/errors.ts';
import type { CallOptions } from '../instagram/exchange.ts';
import type { Login } from '../instagram/graph.ts';
import type { AccountInput } from '../instagram/resources/account.ts';
import type { IssuedToken, MetaApp, TokenFacts } from '../instagram/resources/token.ts';
import {
  type Choice,
  chooseAccount,
  notOfToken,
  notProfessional,
  ofOtherApp,
  pageTokenDies,
  personTokenDies,
  scopeMissing,
  tokenRefused,
  toRefusal,
  wrongLogin,
} from './refusals.ts';

const BASIC: Readonly<Record<Login, string>> = { instagram: 'instagram_business_basic', facebook: 'instagram_basic' };

/**
 * The longest that a token of Instagram Login works after it was made or refreshed. Meta does not say when one ends.
 * @see https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login
 */
const INSTAGRAM_TOKEN_SECONDS = 60 * 24 * 3_600;

/** Meta's short-lived tokens work for an hour or two, its long-lived ones for 60 days: one that ends sooner is short-lived. */
const SHORT_LIFE_MS = 24 * 3_600_000;

/** Kinds of refusals that a question about a token may meet while the token itself is good. */
const UNANSWERED: readonly InstagramError['kind'][] = ['token', 'permission', 'rejected', 'missing'];

const other = (login: Login): Login => (login === 'instagram' ? 'facebook' : 'instagram');

/** The answer; null: Instagram refuses it with an error of one of these kinds. */
const unlessRefused = async <Answer>(
  answer: Promise<Answer>,
  kinds: readonly InstagramError['kind'][],
): Promise<Answer | null> => {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof InstagramError && kinds.includes(error.kind)) return null;
    throw error;
  }
};

/** One login's answer; null: it cannot read the token, which may be one of the other login. */
const unlessUnreadable = async <Answer>(inspection: Promise<Answer>, login: Login): Promise<Answer | null> => {
  try {
    return await inspection;
  } catch (error) {
    if (error instanceof InstagramError && error.hint === 'wrong_login') return null;
    throw toRefusal(error, BASIC[login]);
  }
};

export interface InspectTokenDeps {
  clientOf: (login: Login, token: string) => InstagramClient;
  /** Our app; null: not configured, and tokens of Facebook Login can be neither inspected nor exchanged. */
  app: MetaApp | null;
  /** Our app's secret for Instagram Login; null: not configured. */
  instagramSecret: string | null;
  now: () => Date;
}

/**
 * Finds out, by asking Meta, what a token is for, what it may do and how long it lives; exchanges a short-lived one. What
 * would die unnoticed is refused.
 * @throws {ServiceError} a refusal with what to do, or why Instagram could not be asked.
 */
export const createInspectToken = ({ clientOf, app, instagramSecret, now }: InspectTokenDeps) => {
  const inspectInstagram = async (
    given: string,
    instagramId: string | undefined,
    options: CallOptions,
  ): Promise<CheckedToken> => {
    const own = await clientOf('instagram', given).account.get('me', options);
    if (instagramId !== undefined && instagramId !== own.instagram_id) throw notOfToken(instagramId, own.instagram_id);
    if (own.account_type?.toLowerCase() === 'personal') {
      throw notProfessional('The token is for a personal account, which Meta’s API does not serve');
    }
    const issued = instagramSecret === null ? null : await exchangeOfInstagram(given, instagramSecret, options);
    const token = issued?.access_token ?? given;
    const probed = await clientOf('instagram', token).token.probeScopes(own.instagram_id, options);
    const granted = new Map<string, boolean | null>([[BASIC.instagram, true], ...Object.entries(probed)]);
    const names = [...granted.keys()];
    return {
      login: 'instagram',
      token,
      profile: own,
      has: (scope) => granted.get(scope) ?? null,
      scopes: names.some((scope) => granted.get(scope) === null)
        ? null
        : names.filter((scope) => granted.get(scope) === true),
      expires_at: null,
      seconds: issued?.expires_in ?? INSTAGRAM_TOKEN_SECONDS,
      data_access_expires_at: null,
      isOurs: false, // Instagram Login does not say whose a token is
    };
  };

  /** Null: Meta gives none for this token, which is usual for one that lives long already. */
  const exchangeOfInstagram = (given: string, secret: string, options: CallOptions): Promise<IssuedToken | null> =>
    unlessRefused(clientOf('instagram', given).token.exchangeOfInstagram({ secret }, options), [
      ...UNANSWERED,
      'malformed',
    ]);

  const inspectFacebook = async (
    given: string,
    instagramId: string | undefined,
    options: CallOptions,
  ): Promise<CheckedToken | null> => {
    const first = await debug(given, options);
    if (first?.reason?.wrongLogin) return null;
    const { token, facts } = await ensureLongLived(given, first, options);
    const client = clientOf('facebook', token);
    const scopes = facts?.scopes ?? (await unlessRefused(client.token.listScopes(options), ['rejected', 'permission']));
    if (scopes !== null && !scopes.includes(BASIC.facebook)) throw scopeMissing(BASIC.facebook);
    return {
      login: 'facebook',
      token,
      profile: await readLinked(client, instagramId, options),
      has: (scope) => scopes?.includes(scope) ?? null,
      scopes,
      expires_at: facts?.expires_at ?? null,
      seconds: null,
      data_access_expires_at: facts?.data_access_expires_at ?? null,
      isOurs: app !== null && facts?.app_id === app.id,
    };
  };

  /** What Meta says of a token; null: we have no app to ask with, or the answer makes no sense. */
  const debug = async (token: string, options: CallOptions): Promise<TokenFacts | null> => {
    if (app === null) return null;
    let facts: TokenFacts | null;
    try {
      facts = await unlessRefused(clientOf('facebook', token).token.debug(app, options), ['malformed']);
    } catch (error) {
      // Meta lets an app inspect its own tokens only.
      throw error instanceof InstagramError && UNANSWERED.includes(error.kind) ? ofOtherApp(error) : error;
    }
    if (facts === null || facts.reason?.wrongLogin) return facts;
    if (!facts.valid) {
      const { words = 'Instagram does not accept the token', expired = false } = facts.reason ?? {};
      throw tokenRefused(words, { expired });
    }
    if (facts.app_id !== null && facts.app_id !== app.id) throw ofOtherApp();
    return facts;
  };

  const diesSoon = (facts: TokenFacts | null): boolean =>
    facts?.expires_at != null && Date.parse(facts.expires_at) - now().getTime() < SHORT_LIFE_MS;

  const ensureLongLived = async (token: string, facts: TokenFacts | null, options: CallOptions) => {
    if (app === null || !diesSoon(facts)) return { token, facts };
    if (facts?.type?.toUpperCase() === 'PAGE') throw pageTokenDies();
    const issued = await unlessRefused(clientOf('facebook', token).token.exchangeOfFacebook(app, options), UNANSWERED);
    if (issued === null) throw personTokenDies();
    const better = await debug(issued.access_token, options);
    if (diesSoon(better)) throw personTokenDies();
    return { token: issued.access_token, facts: better };
  };

  /** The account that is named, or else the only one behind the token. */
  const readLinked = async (
    client: InstagramClient,
    instagramId: string | undefined,
    options: CallOptions,
  ): Promise<AccountInput> => {
    if (instagramId === undefined) return await client.account.get(await onlyLinked(client, options), options);
    const profile = await readNamed(client, instagramId, options);
    // An account has a count of media. A page has not, and other nodes could be read by their id, too.
    if (profile.media_count !== null) return profile;
    const linked = await listLinked(client, options);
    if (linked.some(({ id }) => id === profile.instagram_id)) return profile;
    throw notProfessional(
      `${instagramId} is no professional account: with Facebook Login the id of a page is another one`,
    );
  };

  const readNamed = async (client: InstagramClient, id: string, options: CallOptions): Promise<AccountInput> => {
    try {
      return await client.account.get(id, options);
    } catch (error) {
      const isOther = error instanceof InstagramError && (error.kind === 'missing' || error.hint === 'unknown_object');
      throw isOther ? notOfToken(id, null) : error;
    }
  };

  const listLinked = async (client: InstagramClient, options: CallOptions): Promise<Choice[]> =>
    choicesOf(await listPages(client, options));

  const onlyLinked = async (client: InstagramClient, options: CallOptions): Promise<string> => {
    const pages = await listPages(client, options);
    const [only, ...others] = choicesOf(pages);
    if (only === undefined) {
      throw notProfessional((pages.length > 0 ? NO_LINKED_ACCOUNT : await whyNoPage(client, app, options)).message);
    }
    if (others.length > 0) throw chooseAccount([only, ...others]);
    return only.id;
  };

  const inspectBy = (login: Login) => (login === 'instagram' ? inspectInstagram : inspectFacebook);

  /** Whether the login can read the token, whatever else it says of it. */
  const isReadable = async (login: Login, token: string, options: CallOptions): Promise<boolean> =>
    (await unlessUnreadable(clientOf(login, token).token.whose(options), login)) !== null;

  return async (
    {
      token,
      login: declared,
      instagramId,
    }: { token: string; login?: Login | undefined; instagramId?: string | undefined },
    options: CallOptions,
  ): Promise<CheckedToken> => {
    const first = declared ?? guessLogin(token);
    const found = await unlessUnreadable(inspectBy(first)(token, instagramId, options), first);
    if (found !== null) return found;
    const second = other(first);
    if (declared !== undefined && (await isReadable(second, token, options))) throw wrongLogin(first, second);
    const elsewhere =
      declared === undefined ? await unlessUnreadable(inspectBy(second)(token, instagramId, options), second) : null;
    if (elsewhere !== null) return elsewhere;
    throw tokenRefused('Neither Instagram Login nor Facebook Login can read the token: it is damaged', {
      expired: false,
    });
  };
};

/** The accounts linked to pages, each once, though several pages may name it. */
const choicesOf = (pages: Awaited<ReturnType<typeof listPages>>): Choice[] => {
  const choices = new Map<string, Choice>();
  for (const { id, name, instagram_account } of pages) {
    if (instagram_account === null || choices.has(instagram_account.id)) continue;
    choices.set(instagram_account.id, {
      id: instagram_account.id,
      username: instagram_account.username,
      page: { id, name },
    });
  }
  return [...choices.values()];
};
