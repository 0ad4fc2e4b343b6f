import type { CommonQueryMethods } from 'slonik';
import { ServiceError } from '../errors.ts';
import { type Account, type AccountRepository, createAccountRepository } from './repository.ts';

/**
 * The account a request is about: the one it names, or the only one there is.
 * @throws {ServiceError} `account_not_found` where none is connected or the named one is not, `account_ambiguous`.
 */
export const createResolveAccount =
  ({ accounts }: { accounts: Pick<AccountRepository, 'get' | 'listTwo'> }) =>
  async (accountId: number | undefined): Promise<Account> => {
    if (accountId !== undefined) return await accounts.get(accountId);
    const [only, another] = await accounts.listTwo();
    if (only === undefined) throw new ServiceError('account_not_found', 'No Instagram account is connected yet');
    if (another !== undefined) {
      throw new ServiceError('account_ambiguous', 'More than one account is connected: name one with account_id');
    }
    return only;
  };

/** The same for features that know nothing else about accounts. */
export const createAccountResolver = (database: CommonQueryMethods) =>
  createResolveAccount({ accounts: createAccountRepository(database) });
