import type { CommonQueryMethods } from 'slonik';
import type { NamedAccount } from '../contract.ts';
import type { AccountScope } from '../database/account-scope.ts';
import { ServiceError } from '../errors.ts';
import { type Account, type AccountRepository, createAccountRepository } from './repository.ts';

/**
 * The account a request is about, out of those that its caller may see: the one it names, or the only one there is.
 * @throws {ServiceError} `account_not_found` where there is none or the named one is not among them, `account_ambiguous`.
 */
export const createResolveAccount =
  ({ accounts }: { accounts: Pick<AccountRepository, 'get' | 'listTwo'> }) =>
  async (scope: AccountScope, named: NamedAccount | undefined): Promise<Account> => {
    if (named !== undefined) return await accounts.get(scope, named);
    const [only, another] = await accounts.listTwo(scope);
    if (only === undefined) throw new ServiceError('account_not_found', 'No Instagram account is connected yet');
    if (another !== undefined) {
      throw new ServiceError('account_ambiguous', 'More than one account is connected: name one with account_id');
    }
    return only;
  };

/** The same for features that know nothing else about accounts. */
export const createAccountResolver = (database: CommonQueryMethods) =>
  createResolveAccount({ accounts: createAccountRepository(database) });
export type ResolveAccount = ReturnType<typeof createResolveAccount>;
