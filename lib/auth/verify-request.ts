import type { DatabasePool } from 'slonik';
import { ensureMayRead } from '../accounts/ask-instagram.ts';
import type { ConnectedAccount, ConnectInstagram } from '../accounts/connect-instagram.ts';
import type { ResolveAccount } from '../accounts/resolve-account.ts';
import { recordStanding } from '../accounts/standing.ts';
import { recordTokenExpiry, recordTokenState } from '../accounts/token-state.ts';
import type { NamedAccount } from '../contract.ts';
import type { AccountScope } from '../database/account-scope.ts';
import type { InstagramClient } from '../instagram/client.ts';
import { InstagramError, toServiceError } from '../instagram/errors.ts';
import type { CallOptions } from '../instagram/exchange.ts';
import type { Login } from '../instagram/graph.ts';
import type { MetaApp } from '../instagram/resources/token.ts';
import type { Verification } from './schema.ts';
import { createVerifyToken, guessLogin } from './verify-token.ts';

type Account = ConnectedAccount['account'];

/**
 * Verifies the token that a caller hands in, or that of a connected account. For the latter it stores whether Instagram
 * accepts it, which stops or starts background work, and when it expires.
 * @throws {ServiceError} when there is no such account, or Instagram could not be asked.
 */
export const createVerifyRequest = ({
  database,
  resolveAccount,
  connectInstagram,
  clientOf,
  app,
}: {
  database: DatabasePool;
  resolveAccount: ResolveAccount;
  connectInstagram: ConnectInstagram;
  clientOf: (login: Login, token: string) => InstagramClient;
  app: MetaApp | null;
}) => {
  const verify = createVerifyToken({ app });

  const ofAccount = async (account: Account, usedWith: Login, options: CallOptions): Promise<Verification> => {
    await ensureMayRead(database, account.id);
    const clientFor = async (login: Login) => (await connectInstagram(account.id, login)).client;
    const found = await verify(clientFor, { usedWith, guess: usedWith }, options).catch(async (error: unknown) => {
      if (error instanceof InstagramError) await recordStanding(database, account, error);
      throw error;
    });
    // A check with another login says nothing about the token's own login.
    if (usedWith === account.login) await remember(account, found);
    return { ...found, expires_at: found.expires_at ?? (found.valid ? account.token_expires_at : null) };
  };

  const remember = async (account: Account, { valid, reason, expires_at }: Verification) => {
    if (valid && expires_at !== null) await recordTokenExpiry(database, account, expires_at);
    const state = valid ? 'alive' : 'dead';
    if (account.token_state === state) return;
    const details = reason && {
      code: reason.instagram_code,
      error_subcode: reason.error_subcode,
      message: reason.message,
      fbtrace_id: null,
    };
    await recordTokenState(database, account, state, details);
  };

  return async (
    scope: AccountScope,
    {
      access_token,
      login,
      account_id,
    }: { access_token?: string | undefined; login?: Login | undefined; account_id?: NamedAccount | undefined },
    options: CallOptions,
  ): Promise<Verification> => {
    try {
      if (access_token !== undefined) {
        const wanted = { usedWith: login ?? null, guess: guessLogin(access_token) };
        return await verify(async (one) => clientOf(one, access_token), wanted, options);
      }
      const account = await resolveAccount(scope, account_id);
      return await ofAccount(account, login ?? account.login, options);
    } catch (error) {
      throw error instanceof InstagramError ? toServiceError(error) : error;
    }
  };
};
