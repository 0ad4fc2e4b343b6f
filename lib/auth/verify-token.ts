import { missingScopes } from '../accounts/features.ts';
import { listPages } from '../discovery/list-pages.ts';
import type { InstagramClient } from '../instagram/client.ts';
import { InstagramError } from '../instagram/errors.ts';
import type { CallOptions } from '../instagram/exchange.ts';
import type { Login } from '../instagram/graph.ts';
import type { MetaApp } from '../instagram/resources/token.ts';
import type { TokenReason, Verification } from './schema.ts';

type Client = Pick<InstagramClient, 'account' | 'pages' | 'token'>;

/** What one login says about a token. `unreadable`: it may be a token of the other login. */
type Finding =
  | {
      verdict: 'valid';
      facts: Pick<Verification, 'user_id' | 'instagram_accounts' | 'scopes' | 'expires_at'>;
      has: Has;
    }
  | { verdict: 'refused' | 'unreadable'; reason: TokenReason };
type Has = (scope: string) => boolean | null;

const NAMES: Readonly<Record<Login, string>> = { instagram: 'Instagram Login', facebook: 'Facebook Login' };
const other = (login: Login): Login => (login === 'instagram' ? 'facebook' : 'instagram');

/** The login to ask first. Only a hint: Meta does not promise how tokens begin. */
export const guessLogin = (token: string): Login => (token.startsWith('EAA') ? 'facebook' : 'instagram');

/**
 * Finds out what a token is for and what it may do. A token that one login cannot read is tried with the other, to tell
 * a token of the wrong login from a damaged one. A refused token is an answer, not an error.
 * @throws {InstagramError} when Instagram could not be asked.
 */
export const createVerifyToken =
  ({ app }: { app: MetaApp | null }) =>
  async (
    clientOf: (login: Login) => Promise<Client>,
    /** `usedWith`: the login that it is configured or declared for. A token of the other login is refused then. */
    { usedWith, guess }: { usedWith: Login | null; guess: Login },
    options: CallOptions,
  ): Promise<Verification> => {
    const ask = async (login: Login): Promise<Finding> => {
      const client = await clientOf(login);
      try {
        return login === 'instagram' ? await askInstagram(client, options) : await askFacebook(client, app, options);
      } catch (error) {
        if (error instanceof InstagramError && error.kind === 'token') return refusalOf(error);
        throw error;
      }
    };
    const first = usedWith ?? guess;
    const found = await ask(first);
    if (found.verdict !== 'unreadable') return toVerification(first, found);

    const second = other(first);
    const elsewhere = await ask(second);
    // Neither login can read it: we repeat what the first one said.
    if (elsewhere.verdict === 'unreadable') return { ...NOTHING, reason: found.reason };
    const verification = toVerification(second, elsewhere);
    if (usedWith === null || !verification.valid) return verification;
    const message = `The token is for ${NAMES[second]}, but it is used with ${NAMES[first]}`;
    return { ...verification, valid: false, reason: { ...found.reason, code: 'wrong_login', message } };
  };

const NOTHING: Verification = {
  valid: false,
  login: null,
  user_id: null,
  instagram_accounts: [],
  scopes: null,
  missing_scopes: {},
  expires_at: null,
  reason: null,
};

const toVerification = (login: Login, found: Finding): Verification =>
  found.verdict === 'valid'
    ? { ...NOTHING, valid: true, login, ...found.facts, missing_scopes: missingScopes(login, found.has) }
    : { ...NOTHING, login, reason: found.reason };

const refusalOf = ({
  hint,
  words: message,
  code: instagram_code,
  subcode: error_subcode,
}: InstagramError): Finding => ({
  verdict: hint === 'wrong_login' ? 'unreadable' : 'refused',
  reason: { code: 'refused', message, instagram_code, error_subcode },
});

/** Instagram Login: `/me` names the account; the token's scopes show in what it may read. */
const askInstagram = async ({ account, token }: Client, options: CallOptions): Promise<Finding> => {
  const own = await orNull(account.get('me', options), 'permission');
  const probed = new Map<string, boolean | null>([['instagram_business_basic', own !== null]]);
  if (own !== null) {
    for (const [scope, granted] of Object.entries(await token.probeScopes(own.instagram_id, options))) {
      probed.set(scope, granted);
    }
  }
  const has: Has = (scope) => probed.get(scope) ?? null;
  return {
    verdict: 'valid',
    facts: {
      user_id: own?.instagram_id ?? null,
      instagram_accounts: own === null ? [] : [{ id: own.instagram_id, username: own.username }],
      scopes: [...probed.keys()].filter((scope) => has(scope) === true),
      expires_at: null,
    },
    has,
  };
};

/**
 * Facebook Login: by Meta's inspection of the token, where this app may ask for it; else by what the token can read.
 */
const askFacebook = async (client: Client, app: MetaApp | null, options: CallOptions): Promise<Finding> => {
  const { token } = client;
  // Meta refuses tokens of other apps, or our own credentials are wrong: neither says anything about the token.
  const facts = app && (await orNull(token.debug(app, options), 'token', 'permission', 'rejected', 'malformed'));
  if (facts && !facts.valid) {
    const {
      code = null,
      error_subcode = null,
      words = 'Instagram does not accept the token',
      wrongLogin,
    } = facts.reason ?? {};
    return {
      verdict: wrongLogin ? 'unreadable' : 'refused',
      reason: { code: 'refused', message: words, instagram_code: code, error_subcode },
    };
  }
  const user_id = facts?.user_id ?? (await token.whose(options));
  const scopes = facts?.scopes ?? (await orNull(token.listScopes(options), 'rejected'));
  const pages = (await orNull(listPages(client, options), 'permission')) ?? [];
  const accounts = pages.flatMap(({ instagram_account }) => instagram_account ?? []);
  return {
    verdict: 'valid',
    facts: {
      user_id,
      instagram_accounts: accounts.map(({ id, username }) => ({ id, username })),
      scopes: scopes && [...scopes],
      expires_at: facts?.expires_at ?? null,
    },
    has: (scope) => scopes?.includes(scope) ?? null,
  };
};

/** The answer; null: Instagram refuses it with an error of one of these kinds. */
const orNull = async <Answer>(answer: Promise<Answer>, ...kinds: InstagramError['kind'][]): Promise<Answer | null> => {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof InstagramError && kinds.includes(error.kind)) return null;
    throw error;
  }
};
