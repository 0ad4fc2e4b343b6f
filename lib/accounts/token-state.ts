import type { CommonQueryMethods } from 'slonik';
import type { InstagramDetails } from '../errors.ts';
import { createAccountRepository, type TokenHolder } from './repository.ts';

/** Seconds until background work tries a dead token again: a person may have replaced it by then. */
export const TOKEN_RETRY_SECONDS = 15 * 60;

/**
 * Stores whether Instagram accepts the token of `account`, as it was read before the calls: nothing is said about a
 * token that has replaced it since. A dead token stops background work. A person's request may still try it once, and a
 * success revives it.
 */
export const recordTokenState = (
  connection: CommonQueryMethods,
  account: TokenHolder,
  state: 'alive' | 'dead',
  error: InstagramDetails | null,
) => createAccountRepository(connection).markToken(account, state, error);

/** Stores when the token of `account` expires, as it was read before Meta was asked. */
export const recordTokenExpiry = (connection: CommonQueryMethods, account: TokenHolder, expiresAt: string) =>
  createAccountRepository(connection).markTokenExpiry(account, expiresAt);
