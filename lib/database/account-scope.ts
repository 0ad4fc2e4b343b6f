import { type FragmentSqlToken, sql } from 'slonik';

/** The accounts of a query, as they stand in `account_id IN (…)`: finding them costs no round trip of its own. */
export type AccountScope = FragmentSqlToken;

export const onlyAccount = (id: number): AccountScope => sql.fragment`${id}::int8`;

/** The accounts that a caller may see: today every caller sees all. */
export const visibleAccounts = (): AccountScope => sql.fragment`SELECT id FROM accounts`;

/**
 * One account, in lists and searches: the planner takes it for one of average size. A plain value it would take for an
 * account without posts, where that was connected after the last ANALYZE, and read all of them to sort or search them.
 */
export const averageAccount = (id: number): FragmentSqlToken => sql.fragment`(SELECT ${id}::int8)`;
