import type { DatabasePool } from 'slonik';
import { createInstagramClient, type InstagramClient, type InstagramClientOptions } from '../instagram/client.ts';
import { logger } from '../logger.ts';
import { ensureConnected } from './connected.ts';
import { withMetaSecret } from './meta-secret.ts';
import { type Account, createAccountRepository } from './repository.ts';
import type { SealedToken, TokenCipher } from './token-cipher.ts';
import { noUsage, type UsageReading } from './usage.ts';
import type { Standing } from './usage-repository.ts';

/** An account with a client that speaks for it; `usage` is what Instagram's headers said last through that client. */
export interface ConnectedAccount {
  account: Account;
  client: InstagramClient;
  usage: UsageReading;
  /** What was known about its rate limit and blocked writes when it was read. */
  standing: Standing;
}
/** A client that speaks for an account with another token than the one that is stored as its own. */
export type ConnectWithToken = (account: Pick<Account, 'login'>, token: string) => Promise<InstagramClient>;
/** `login`: another than the account's own finds out whether its token is for that one. */
export type ConnectInstagram = (accountId: number, login?: Account['login']) => Promise<ConnectedAccount>;

/** Graph hosts, version and app secret, as the environment names them. */
export interface GraphSettings {
  INSTAGRAM_GRAPH_URL: string;
  FACEBOOK_GRAPH_URL: string;
  GRAPH_API_VERSION: string;
  META_APP_SECRET?: string | undefined;
  META_SECRET_ID?: string | undefined;
}

/** The client's settings for one login flavour. */
export const graphOptions = (env: GraphSettings, login: 'instagram' | 'facebook') => ({
  login,
  graphUrl: login === 'instagram' ? env.INSTAGRAM_GRAPH_URL : env.FACEBOOK_GRAPH_URL,
  version: env.GRAPH_API_VERSION,
  ...(env.META_APP_SECRET === undefined ? {} : { appSecret: env.META_APP_SECRET }),
});

/** @see ConnectWithToken */
export const createConnectWithToken =
  (env: GraphSettings): ConnectWithToken =>
  async ({ login }, token) =>
    createInstagramClient({ ...graphOptions(await withMetaSecret(env), login), token });

/** Longest time that a decrypted token is kept in memory. */
const TOKEN_KEPT_MS = 5 * 60_000;

/**
 * Makes a Graph client for a stored account. Only this closure has the plain token, for five minutes at most.
 * @throws {ServiceError} `account_not_found`, `account_disconnected`.
 */
export const createConnectInstagram = ({
  database,
  cipher,
  env,
  now,
  pacing = {},
}: {
  database: DatabasePool;
  cipher: Pick<TokenCipher, 'open'>;
  env: GraphSettings;
  now: () => number;
  /** By which time the client goes, where that is not this process's. */
  pacing?: Pick<InstagramClientOptions, 'clock' | 'sleep' | 'random'>;
}): ConnectInstagram => {
  const accounts = createAccountRepository(database);
  const tokens = new Map<string, { token: string; until: number }>();

  const open = async (sealed: SealedToken, instagramId: string): Promise<string> => {
    // The key is the cipher text, so a token that was replaced in the database is not found here.
    const key = sealed.token_ciphertext.toString('base64');
    const known = tokens.get(key);
    if (known !== undefined && known.until > now()) return known.token;
    for (const [stale, { until }] of tokens) if (until <= now()) tokens.delete(stale);
    const token = await cipher.open(sealed, instagramId);
    tokens.set(key, { token, until: now() + TOKEN_KEPT_MS });
    return token;
  };

  return async (accountId, login) => {
    const { account, sealed, standing } = await accounts.getWithToken(accountId);
    ensureConnected(account);
    const usage = noUsage();
    const client = createInstagramClient({
      ...graphOptions(await withMetaSecret(env), login ?? account.login),
      ...pacing,
      token: await open(sealed, account.instagram_id),
      onCall: ({ httpStatus: status, ms, ...call }) =>
        logger.info('Instagram was asked', {
          event: 'instagram_call',
          account_id: accountId,
          ...call,
          status,
          ms: Math.round(ms),
        }),
      onUsage: ({ percent, regainMinutes }) => Object.assign(usage, { percent, regainMinutes }),
    });
    return { account, client, usage, standing };
  };
};
