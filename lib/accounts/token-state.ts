import type { CommonQueryMethods } from 'slonik';
import type { InstagramDetails } from '../errors.ts';
import { createAccountRepository } from './repository.ts';

/**
 * Remembers whether Instagram accepts the account's token. A dead one stops background work; a person's request may still
 * try it once, and a success revives it.
 */
export const recordTokenState = (
  connection: CommonQueryMethods,
  accountId: number,
  state: 'alive' | 'dead',
  error: InstagramDetails | null,
) => createAccountRepository(connection).markToken(accountId, state, error);
