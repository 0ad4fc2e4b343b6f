import type { CommonQueryMethods } from 'slonik';
import type { InstagramDetails } from '../errors.ts';
import { createAccountRepository, type TokenHolder } from './repository.ts';

/** Background work tries a dead token again after so long: a person may have replaced it by then. */
export const TOKEN_RETRY_SECONDS = 15 * 60;

/**
 * Remembers whether Instagram accepts the token of `account`, as it was read before the calls that tell: one that was
 * replaced meanwhile tells nothing of the new one. A dead token stops background work; a person's request may still try it
 * once, and a success revives it.
 */
export const recordTokenState = (
  connection: CommonQueryMethods,
  account: TokenHolder,
  state: 'alive' | 'dead',
  error: InstagramDetails | null,
) => createAccountRepository(connection).markToken(account, state, error);

/** Remembers until when the token of `account` works, as it was read before Meta was asked. */
export const recordTokenExpiry = (connection: CommonQueryMethods, account: TokenHolder, expiresAt: string) =>
  createAccountRepository(connection).markTokenExpiry(account, expiresAt);
