import { createInstagramClient } from '../instagram/client.ts';
import { InstagramError, toServiceError } from '../instagram/errors.ts';
import { type GraphSettings, graphOptions } from './connect-instagram.ts';
import { withMetaSecret } from './meta-secret.ts';
import type { Account, AccountRepository } from './repository.ts';
import { type TokenCipher, tokenFingerprint } from './token-cipher.ts';

/**
 * Connects the account a token speaks for, or gives a connected account its new token. A token that was handed in before
 * changes nothing: it may have been refreshed since, and a restart must not bring the old one back. Unless the key that
 * the stored one was sealed with is lost.
 * @throws {ServiceError} when Instagram does not accept the token, or it speaks for another account than `instagramId`.
 */
export const createConnectAccount =
  ({
    accounts,
    cipher,
    env,
  }: {
    accounts: Pick<AccountRepository, 'findByTokenFingerprint' | 'getSealedToken' | 'connect'>;
    cipher: Pick<TokenCipher, 'seal' | 'canOpen'>;
    env: GraphSettings;
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
    if (known !== null && (await cipher.canOpen(await accounts.getSealedToken(known.id)))) {
      return { account: known, connected: false };
    }
    const client = createInstagramClient({ ...graphOptions(await withMetaSecret(env), login), token });
    const profile = await client.account.get(instagramId ?? 'me').catch((error: unknown) => {
      throw error instanceof InstagramError ? toServiceError(error) : error;
    });
    const { instagram_id, username, name, account_type, media_count } = profile;
    const sealed = await cipher.seal(token, instagram_id);
    const account = await accounts.connect({
      instagram_id,
      login,
      username,
      name,
      account_type,
      media_count,
      ...sealed,
      token_fingerprint: fingerprint,
      token_expires_at: null,
    });
    return { account, connected: true };
  };
