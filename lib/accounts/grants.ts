import type { DatabasePool } from 'slonik';
import type { NamedAccount } from '../contract.ts';
import { type Viewer, visibleTo } from '../database/account-scope.ts';
import { invalidRequest, ServiceError } from '../errors.ts';
import { createListById } from '../pagination.ts';
import { EVERYBODY } from '../principal.ts';
import { createGrantRepository, type GrantRepository, type Stand } from './grants-repository.ts';
import { accountNotFound } from './repository.ts';
import { createAccountResolver } from './resolve-account.ts';
import type { Grant, Role } from './schema.ts';

const grantNotFound = () => new ServiceError('grant_not_found', 'There is no such grant');
const ownerRequired = () =>
  new ServiceError('owner_required', 'Only an owner of the account may change the grants of others');
const everybodyIsForOperators = () =>
  new ServiceError('owner_required', 'Only a token with the scope accounts:all may change what everybody sees');
const lastOwner = () =>
  new ServiceError('last_owner', 'The account would have no owner left: make somebody else an owner first');

/**
 * Locks an account's grants and tells where the caller stands.
 * @throws {ServiceError} `account_not_found`, also where the grant that showed it was removed while this waited.
 */
export const lockGrants = async (
  grants: Pick<GrantRepository, 'lock' | 'standOf'>,
  viewer: Viewer,
  named: NamedAccount,
): Promise<{ account_id: number; stand: Stand; mayManage: boolean }> => {
  const locked = await grants.lock(visibleTo(viewer), named);
  if (locked === null) throw accountNotFound();
  const stand = await grants.standOf(locked.id, viewer.principal);
  if (!viewer.seesAll && stand.own === null && !stand.everybody) throw accountNotFound();
  return { account_id: locked.id, stand, mayManage: viewer.seesAll || stand.own === 'owner' };
};

/** Reads the grants of an account. @throws {ServiceError} `account_not_found`, `grant_not_found`, `invalid_cursor`. */
export const createReadGrants = (database: DatabasePool) => {
  const grants = createGrantRepository(database);
  const resolveAccount = createAccountResolver(database);
  const listOf = createListById('grants', grants.list);
  return {
    list: async (viewer: Viewer, named: NamedAccount, page: { limit: number; cursor?: string | undefined }) => {
      const { id: account_id } = await resolveAccount(visibleTo(viewer), named);
      return await listOf({ ...page, account_id });
    },

    get: async (viewer: Viewer, named: NamedAccount, principal: string): Promise<Grant> => {
      const { id } = await resolveAccount(visibleTo(viewer), named);
      const grant = await grants.find(id, principal);
      if (grant === null) throw grantNotFound();
      return grant;
    },
  };
};

/** Changes the grants of an account, one change at a time, so that two owners cannot remove each other. */
export const createChangeGrants = (database: DatabasePool) => ({
  /**
   * Grants the account to somebody, or changes a role.
   * @throws {ServiceError} `account_not_found`, `owner_required`, `last_owner`, `validation_failed`: everybody owns nothing.
   */
  put: (viewer: Viewer, named: NamedAccount, principal: string, role: Role): Promise<Grant & { created: boolean }> =>
    database.transaction(async (connection) => {
      const grants = createGrantRepository(connection);
      const { account_id, stand, mayManage } = await lockGrants(grants, viewer, named);
      if (principal === EVERYBODY && !viewer.seesAll) throw everybodyIsForOperators();
      if (!mayManage) throw ownerRequired();
      if (principal === EVERYBODY && role === 'owner') {
        throw invalidRequest([{ path: 'role', message: 'must be member: what everybody owned, anybody could take' }]);
      }
      const before = await grants.find(account_id, principal);
      if (role === 'member' && before?.role === 'owner' && stand.owners === 1) throw lastOwner();
      return await grants.put({ account_id, principal, role, granted_by: viewer.principal });
    }),

  /**
   * Takes a grant away; everybody may give up its own.
   * @throws {ServiceError} `account_not_found`, `grant_not_found`, `owner_required`, `last_owner`.
   */
  remove: (viewer: Viewer, named: NamedAccount, principal: string): Promise<void> =>
    database.transaction(async (connection) => {
      const grants = createGrantRepository(connection);
      const { account_id, stand, mayManage } = await lockGrants(grants, viewer, named);
      if (principal === EVERYBODY && !viewer.seesAll) throw everybodyIsForOperators();
      if (!mayManage && principal !== viewer.principal) throw ownerRequired();
      const before = await grants.find(account_id, principal);
      if (before === null) throw grantNotFound();
      if (before.role === 'owner' && stand.owners === 1) throw lastOwner();
      await grants.remove(account_id, principal);
    }),
});
