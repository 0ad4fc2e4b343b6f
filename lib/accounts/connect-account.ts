import type { z } from 'zod';
import type { scheduleEnv } from '../config.ts';
import { createInstagramClient, type InstagramClient } from '../instagram/client.ts';
import { InstagramError, toServiceError } from '../instagram/errors.ts';
import type { TokenFacts } from '../instagram/resources/token.ts';
import { errorFields, logger } from '../logger.ts';
import { EVERYBODY } from '../principal.ts';
import { type AccountAccessEnv, readMetaApp } from './access.ts';
import { type GraphSettings, graphOptions } from './connect-instagram.ts';
import { withMetaSecret } from './meta-secret.ts';
import type { Account, AccountRepository } from './repository.ts';
import { type TokenCipher, tokenFingerprint } from './token-cipher.ts';

/**
 * Days that a token of Instagram Login works after it was made or refreshed. Meta does not say when one ends: we take the
 * latest day.
 * @see https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login
 */
const INSTAGRAM_TOKEN_DAYS = 60;

/** Who grants what is connected at start or by the operator's command. */
const OPERATOR = 'operator';

type Settings = GraphSettings &
  Pick<AccountAccessEnv, 'META_APP_ID' | 'META_APP_SECRET' | 'META_SECRET_ID'> &
  z.output<typeof scheduleEnv>;

type Expiry = Pick<TokenFacts, 'expires_at' | 'data_access_expires_at'>;
const UNKNOWN: Expiry = { expires_at: null, data_access_expires_at: null };

/**
 * When a token of Facebook Login expires, and what it may read, by Meta's inspection; null: never, or we may not inspect it.
 * The account is connected in any case.
 */
const askExpiry = async ({ token }: InstagramClient, env: Settings): Promise<Expiry> => {
  const app = await readMetaApp(env);
  if (app === null) return UNKNOWN;
  try {
    const { expires_at, data_access_expires_at } = await token.debug(app);
    return { expires_at, data_access_expires_at };
  } catch (error) {
    if (!(error instanceof InstagramError)) throw error;
    logger.warn('it is not known when the token expires', { event: 'token_expiry_unknown', error: errorFields(error) });
    return UNKNOWN;
  }
};

/**
 * Connects the account of a token, or gives a connected account its new token. A token that was handed in before
 * changes nothing: it may have been refreshed since, and a restart must not bring the old one back. Exceptions: the
 * key that sealed the stored token is lost, or the account was disconnected, which forgot the token.
 * @throws {ServiceError} when Instagram does not accept the token, or it is for another account than `instagramId`.
 */
export const createConnectAccount =
  ({
    accounts,
    cipher,
    env,
  }: {
    accounts: Pick<AccountRepository, 'findByTokenFingerprint' | 'getSealedToken' | 'connect'>;
    cipher: Pick<TokenCipher, 'seal' | 'canOpen'>;
    env: Settings;
  }) =>
  async ({
    token,
    login,
    instagramId,
  }: {
    token: string;
    login: 'instagram' | 'facebook';
    instagramId?: string | undefined;
  }): Promise<{ account: Account; connected: boolean }> => {
    const fingerprint = tokenFingerprint(token);
    const known = await accounts.findByTokenFingerprint(fingerprint);
    if (
      known !== null &&
      known.status !== 'disconnected' &&
      (await cipher.canOpen(await accounts.getSealedToken(known.id)))
    ) {
      return { account: known, connected: false };
    }
    const client = createInstagramClient({ ...graphOptions(await withMetaSecret(env), login), token });
    const profile = await client.account.get(instagramId ?? 'me').catch((error: unknown) => {
      throw error instanceof InstagramError ? toServiceError(error) : error;
    });
    const { instagram_id, username, name, account_type, media_count } = profile;
    const sealed = await cipher.seal(token, instagram_id);
    const { expires_at, data_access_expires_at } = login === 'facebook' ? await askExpiry(client, env) : UNKNOWN;
    const account = await accounts.connect({
      instagram_id,
      login,
      username,
      name,
      account_type,
      media_count,
      ...sealed,
      token_fingerprint: fingerprint,
      token_expires_at: expires_at,
      data_access_expires_at,
      token_days: login === 'instagram' ? INSTAGRAM_TOKEN_DAYS : undefined,
      sync_interval_minutes: env.SYNC_INTERVAL_MINUTES,
      grant: { principal: EVERYBODY, granted_by: OPERATOR },
    });
    return { account, connected: true };
  };
