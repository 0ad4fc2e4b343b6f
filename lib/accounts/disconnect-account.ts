import type { DatabasePool } from 'slonik';
import type { NamedAccount } from '../contract.ts';
import { type Viewer, visibleTo } from '../database/account-scope.ts';
import { ServiceError } from '../errors.ts';
import { logger } from '../logger.ts';
import { lockGrants } from './grants.ts';
import { createGrantRepository, type Stand } from './grants-repository.ts';
import { createGetAccount } from './read-accounts.ts';
import type { AccountView } from './schema.ts';
import { createAccountViewRepository } from './view-repository.ts';

const shared = (message: string) => new ServiceError('account_shared', message);

/** @throws {ServiceError} `account_shared` where the account is not the caller's alone to delete. */
const ensureAlone = ({ own, everybody, owners }: Stand): void => {
  if (everybody) throw shared('Everybody may see this account: only a token with the scope accounts:all may delete it');
  if (own !== 'owner') throw shared('Only an owner may delete an account; your own grant you may remove');
  if (owners > 1) throw shared('The account has another owner: remove your own grant instead');
};

/**
 * Disconnects an account: its token is forgotten, and then its work stops. What is stored stays readable to whoever has a
 * grant. What was sent to Instagram before is still recorded by whoever sent it. `stopWork`: stops what other features have
 * under way; after the commit, because workers lock their rows first and the account then. If it does not come to that, the
 * work ends at its next call, and a repeated request stops it too.
 * @throws {ServiceError} `account_not_found`, `account_shared`, `not_available`.
 */
export const createDisconnectAccount =
  ({ database, stopWork }: { database: DatabasePool; stopWork: (accountId: number) => Promise<void> }) =>
  async (viewer: Viewer, named: NamedAccount, { erase }: { erase: boolean }): Promise<AccountView> => {
    const id = await database.transaction(async (connection) => {
      const { account_id, stand } = await lockGrants(createGrantRepository(connection), viewer, named);
      if (!viewer.seesAll) ensureAlone(stand);
      if (erase) throw new ServiceError('not_available', 'erase: this version only disconnects; what is stored stays');
      if (await createAccountViewRepository(connection).disconnect(account_id)) {
        logger.info('account disconnected', { event: 'account_disconnected', account_id });
      }
      return account_id;
    });
    await stopWork(id);
    return await createGetAccount({ accounts: createAccountViewRepository(database) })(visibleTo(viewer), named);
  };
