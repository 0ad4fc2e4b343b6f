import { type CommonQueryMethods, sql } from 'slonik';
import { z } from 'zod';
import { idSchema, type NamedAccount } from '../contract.ts';
import { type AccountScope, idNamed } from '../database/account-scope.ts';
import { pageById } from '../database/page-by-id.ts';
import type { PageById } from '../pagination.ts';
import { EVERYBODY } from '../principal.ts';
import { type GrantRow, grantRowSchema, type Role, roleSchema } from './schema.ts';

const GRANT = sql.fragment`seq AS id, principal, role, granted_by, created_at, updated_at`;

const standSchema = z.strictObject({
  /** The caller's own; null: it has none, or only as everybody. */
  own: roleSchema.nullable(),
  everybody: z.boolean(),
  owners: z.int(),
});
/** Where a caller stands with an account. */
export type Stand = z.output<typeof standSchema>;

/** The `grants` table; connecting an account writes the first one (`repository.ts`). */
export const createGrantRepository = (database: CommonQueryMethods) => ({
  /**
   * Until the transaction ends, nobody else changes the account's grants. Null: it is not in the scope. That was true when
   * the statement began: ask for `standOf` after it.
   */
  lock: (scope: AccountScope, named: NamedAccount): Promise<{ id: number } | null> =>
    database.maybeOne(sql.type(z.strictObject({ id: idSchema }))`
      SELECT id FROM accounts WHERE id = ${idNamed(named)} AND id IN (${scope}) FOR NO KEY UPDATE
    `),

  standOf: (account_id: number, principal: string): Promise<Stand> =>
    database.one(sql.type(standSchema)`
      SELECT
        max(role) FILTER (WHERE principal = ${principal}) AS own,
        coalesce(bool_or(principal = ${EVERYBODY}), false) AS everybody,
        (count(*) FILTER (WHERE role = 'owner'))::int8 AS owners
      FROM grants WHERE account_id = ${account_id}
    `),

  /** Up to `limit` grants of an account in the position's direction. */
  list: (page: PageById): Promise<readonly GrantRow[]> =>
    database.any(sql.type(grantRowSchema)`
      SELECT ${GRANT} FROM (
        SELECT account_id, seq AS id, seq, principal, role, granted_by, created_at, updated_at FROM grants
      ) AS listed ${pageById('listed', page)}
    `),

  find: (account_id: number, principal: string): Promise<GrantRow | null> =>
    database.maybeOne(sql.type(grantRowSchema)`
      SELECT ${GRANT} FROM grants WHERE account_id = ${account_id} AND principal = ${principal}
    `),

  /** Grants, or changes a role. One that is so already stays as it is, with who granted it. */
  put: ({
    account_id,
    principal,
    role,
    granted_by,
  }: {
    account_id: number;
    principal: string;
    role: Role;
    granted_by: string;
  }): Promise<GrantRow & { created: boolean }> =>
    database.one(sql.type(z.strictObject({ ...grantRowSchema.shape, created: z.boolean() }))`
      INSERT INTO grants AS stored (account_id, principal, role, granted_by)
      VALUES (${account_id}, ${principal}, ${role}, ${granted_by})
      ON CONFLICT (account_id, principal) DO UPDATE SET
        role = excluded.role,
        granted_by = CASE WHEN stored.role = excluded.role THEN stored.granted_by ELSE excluded.granted_by END,
        updated_at = CASE WHEN stored.role = excluded.role THEN stored.updated_at ELSE service_now() END
      RETURNING seq AS id, stored.principal, stored.role, stored.granted_by, stored.created_at, stored.updated_at,
        old.principal IS NULL AS created
    `),

  remove: async (account_id: number, principal: string): Promise<void> => {
    await database.query(sql.unsafe`DELETE FROM grants WHERE account_id = ${account_id} AND principal = ${principal}`);
  },
});
export type GrantRepository = ReturnType<typeof createGrantRepository>;
