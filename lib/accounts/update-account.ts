import type { NamedAccount } from '../contract.ts';
import type { AccountScope } from '../database/account-scope.ts';
import { ServiceError } from '../errors.ts';
import { accountDisconnected } from './connected.ts';
import { createGetAccount } from './read-accounts.ts';
import type { AccountView } from './schema.ts';
import type { AccountSettings, AccountViewRepository } from './view-repository.ts';

/** A request for other settings. */
interface UpdateAccount {
  status?: AccountSettings['status'];
  sync?: Omit<AccountSettings, 'status'> | undefined;
  archive?: string | undefined;
}

/**
 * Changes the settings of an account. `versions`: only if its version is one of them.
 * @throws {ServiceError} `account_not_found`, `account_disconnected`, `changed_meanwhile`.
 */
export const createUpdateAccount = ({ accounts }: { accounts: Pick<AccountViewRepository, 'change' | 'find'> }) => {
  const getAccount = createGetAccount({ accounts });
  return async (
    scope: AccountScope,
    named: NamedAccount,
    { status, sync, archive }: UpdateAccount,
    versions: readonly number[] | null,
  ): Promise<AccountView> => {
    const settings = { status, ...sync };
    if (archive !== undefined) {
      await getAccount(scope, named); // of an account that is not the caller's, nothing else is told
      throw new ServiceError('not_available', 'archive: this version keeps no copies of files');
    }
    const changed = await accounts.change(scope, named, settings, versions);
    if (changed !== null) return changed;
    if ((await getAccount(scope, named)).status === 'disconnected') throw accountDisconnected();
    throw new ServiceError('changed_meanwhile', 'The account was changed since you read it: read it again');
  };
};
