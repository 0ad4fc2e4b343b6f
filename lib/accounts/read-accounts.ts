import type { NamedAccount, Page } from '../contract.ts';
import type { AccountScope } from '../database/account-scope.ts';
import { listById } from '../pagination.ts';
import { accountNotFound } from './repository.ts';
import type { AccountView } from './schema.ts';
import type { AccountViewRepository } from './view-repository.ts';

/** The accounts of the scope, those connected last first, a page at a time. @throws {ServiceError} `invalid_cursor`. */
export const createListAccounts =
  ({ accounts }: { accounts: Pick<AccountViewRepository, 'list'> }) =>
  (scope: AccountScope, page: { limit: number; cursor?: string | undefined }): Promise<Page<AccountView>> =>
    listById({ list: 'accounts' }, page, (at) => accounts.list(scope, at));

/** One account of the scope. @throws {ServiceError} `account_not_found`. */
export const createGetAccount =
  ({ accounts }: { accounts: Pick<AccountViewRepository, 'find'> }) =>
  async (scope: AccountScope, named: NamedAccount): Promise<AccountView> => {
    const account = await accounts.find(scope, named);
    if (account === null) throw accountNotFound();
    return account;
  };
