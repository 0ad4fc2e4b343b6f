import { type GraphSettings, graphOptions } from '../accounts/connect-instagram.ts';
import type { Account, AccountRepository } from '../accounts/repository.ts';
import { type TokenCipher, tokenFingerprint } from '../accounts/token-cipher.ts';
import { createInstagramClient } from '../instagram/client.ts';
import type { Login } from '../instagram/graph.ts';
import { EVERYBODY } from '../principal.ts';

/**
 * Connects an account of the simulator, for everybody, with the one call that says which it is. All else that connecting
 * asks is a matter of its own tests: here it would come between the calls that a test counts and cuts. A token that was
 * connected before changes nothing.
 */
export const createConnectSimulated =
  ({
    accounts,
    cipher,
    env,
  }: {
    accounts: Pick<AccountRepository, 'findByTokenFingerprint' | 'getSealedToken' | 'connect'>;
    cipher: Pick<TokenCipher, 'seal' | 'canOpen'>;
    env: GraphSettings & { SYNC_INTERVAL_MINUTES: number };
  }) =>
  async ({ token, login }: { token: string; login: Login }): Promise<{ account: Account }> => {
    const token_fingerprint = tokenFingerprint(token);
    const known = await accounts.findByTokenFingerprint(token_fingerprint);
    const isUsable = known !== null && known.status !== 'disconnected';
    if (isUsable && (await cipher.canOpen(await accounts.getSealedToken(known.id)))) return { account: known };
    const profile = await createInstagramClient({ ...graphOptions(env, login), token }).account.get('me');
    const account = await accounts.connect({
      ...profile,
      ...(await cipher.seal(token, profile.instagram_id)),
      login,
      token_fingerprint,
      token_expires_at: null,
      data_access_expires_at: null,
      scopes: null,
      token_seconds: 60 * 24 * 3_600,
      sync_interval_minutes: env.SYNC_INTERVAL_MINUTES,
      grant: { principal: EVERYBODY, granted_by: 'operator' },
    });
    return { account };
  };
