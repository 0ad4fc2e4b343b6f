import { type CommonQueryMethods, sql } from 'slonik';
import type { NamedAccount } from '../contract.ts';
import { type AccountScope, idNamed } from '../database/account-scope.ts';
import { pageOfIds } from '../database/page-by-id.ts';
import { selectList } from '../database/select-list.ts';
import type { PageById } from '../pagination.ts';
import { type AccountView, accountViewSchema } from './schema.ts';
import { REFRESH_AT } from './token-life-repository.ts';

/** What a person may change; what is left out stays. */
export interface AccountSettings {
  status?: 'active' | 'paused' | undefined;
  interval_minutes?: number | undefined;
  include?: readonly string[] | undefined;
}

/** By the key of `sync_runs`; ids grow with every run. */
const lastRun = (column: 'id' | 'finished_at', which: ReturnType<typeof sql.fragment>) => sql.fragment`
  (
    SELECT ${sql.identifier([column])} FROM sync_runs WHERE account_id = accounts.id ${which} ORDER BY id DESC LIMIT 1
  )`;
const VIEW = selectList(accountViewSchema, {
  table: 'accounts',
  computed: {
    last_run_id: sql.fragment`${lastRun('id', sql.fragment``)} AS last_run_id`,
    last_succeeded_at: sql.fragment`
      ${lastRun('finished_at', sql.fragment`AND status = 'succeeded'`)} AS last_succeeded_at`,
    // By the task that is due first; the others are due later anyway.
    next_refresh_at: sql.fragment`
      CASE WHEN login = 'instagram' AND status IN ('active', 'paused') THEN ${REFRESH_AT} END AS next_refresh_at`,
    next_sync_at: sql.fragment`
      (SELECT min(due_at) FROM account_tasks WHERE account_id = accounts.id AND starts_with(task, 'sync_')) AS next_sync_at`,
  },
});

/** A status that a person sets: an account that needs more than that keeps what it has. */
const statusSet = (status: 'active' | 'paused' | undefined) => {
  if (status === undefined) return sql.fragment`status`;
  return status === 'paused'
    ? sql.fragment`'paused'`
    : sql.fragment`CASE WHEN status = 'paused' THEN 'active' ELSE status END`;
};

/** Accounts as clients see and change them; `repository.ts` has their tokens. */
export const createAccountViewRepository = (database: CommonQueryMethods) => ({
  /** One account of the scope, or null. */
  find: (scope: AccountScope, named: NamedAccount): Promise<AccountView | null> =>
    database.maybeOne(sql.type(accountViewSchema)`
      SELECT ${VIEW} FROM accounts WHERE id = ${idNamed(named)} AND id IN (${scope})
    `),

  /** Up to `limit` accounts of the scope beyond the position, in its direction; those connected last come first. */
  list: (scope: AccountScope, page: Omit<PageById, 'account_id'>): Promise<readonly AccountView[]> =>
    database.any(sql.type(accountViewSchema)`
      SELECT ${VIEW} FROM accounts WHERE id IN (${scope}) ${pageOfIds(sql.identifier(['id']), page)}
    `),

  /**
   * Changes the settings of an account that is connected. `versions`: only if its own is one of them. Null: it is not in the
   * scope, not connected, or of another version.
   */
  change: (
    scope: AccountScope,
    named: NamedAccount,
    { status, interval_minutes, include }: AccountSettings,
    versions: readonly number[] | null,
  ): Promise<AccountView | null> => {
    const wanted = sql.fragment`(
      ${statusSet(status)}, coalesce(${interval_minutes ?? null}::int, sync_interval_minutes),
      coalesce(${include === undefined ? null : sql.array([...include], 'text')}::text[], sync_include)
    )`;
    return database.maybeOne(sql.type(accountViewSchema)`
      UPDATE accounts SET
        (status, sync_interval_minutes, sync_include) = ROW ${wanted},
        version = version + ((status, sync_interval_minutes, sync_include) IS DISTINCT FROM ${wanted})::int,
        updated_at = CASE
          WHEN (status, sync_interval_minutes, sync_include) IS DISTINCT FROM ${wanted} THEN service_now() ELSE updated_at
        END
      WHERE id = ${idNamed(named)} AND id IN (${scope}) AND status <> 'disconnected'
        ${versions === null ? sql.fragment`` : sql.fragment`AND version = ANY(${sql.array([...versions], 'int8')})`}
      RETURNING ${VIEW}
    `);
  },

  /** Forgets the token: the account is disconnected. What is stored of it stays. False: it was so before. */
  disconnect: async (id: number): Promise<boolean> => {
    const { rowCount } = await database.query(sql.unsafe`
      UPDATE accounts SET
        status = 'disconnected', token_ciphertext = '', token_state = 'dead', token_error = NULL, token_expires_at = NULL,
        token_refreshed_at = NULL, token_since = NULL, token_refused_at = NULL, next_token_ciphertext = NULL, data_access_expires_at = NULL, scopes = NULL, version = version + 1,
        updated_at = service_now()
      WHERE id = ${id} AND status <> 'disconnected'
    `);
    return rowCount === 1;
  },
});
export type AccountViewRepository = ReturnType<typeof createAccountViewRepository>;
