import type { NamedAccount, Page } from '../contract.ts';
import type { AccountScope } from '../database/account-scope.ts';
import { decodeCursor, filterHash, ID, toPage } from '../pagination.ts';
import { accountNotFound } from './repository.ts';
import type { AccountView } from './schema.ts';
import type { AccountViewRepository } from './view-repository.ts';

/** The accounts of the scope, those connected last first, a page at a time. @throws {ServiceError} `invalid_cursor`. */
export const createListAccounts =
  ({ accounts }: { accounts: Pick<AccountViewRepository, 'list'> }) =>
  async (
    scope: AccountScope,
    { limit, cursor }: { limit: number; cursor?: string | undefined },
  ): Promise<Page<AccountView>> => {
    const filter = filterHash({ list: 'accounts' });
    const position = cursor === undefined ? undefined : decodeCursor(cursor, filter, ID);
    const rows = await accounts.list(scope, { position, limit: limit + 1 });
    return toPage(rows, { limit, position, filter, keyOf: ({ id }) => [String(id)], toItem: (row) => row });
  };

/** One account of the scope. @throws {ServiceError} `account_not_found`. */
export const createGetAccount =
  ({ accounts }: { accounts: Pick<AccountViewRepository, 'find'> }) =>
  async (scope: AccountScope, named: NamedAccount): Promise<AccountView> => {
    const account = await accounts.find(scope, named);
    if (account === null) throw accountNotFound();
    return account;
  };
