import { type FragmentSqlToken, sql } from 'slonik';
import type { NamedAccount } from '../contract.ts';
import { EVERYBODY } from '../principal.ts';

/** Whom a request is for. */
export interface Viewer {
  /** As `grants` names it. */
  principal: string;
  /** It sees every account, with a grant or without. */
  seesAll: boolean;
}

declare const isScope: unique symbol;
/**
 * The accounts of a statement, as they stand in `account_id IN (…)`: finding them costs no round trip of its own. Only the
 * functions of this file make one, so that a statement about what a caller names cannot forget who asks.
 */
export type AccountScope = FragmentSqlToken & { readonly [isScope]: true };

const toScope = (fragment: FragmentSqlToken) => fragment as AccountScope;

/** For our own work on a row that was read with a caller's scope, or that a worker was woken for. */
export const onlyAccount = (id: number): AccountScope => toScope(sql.fragment`${id}::int8`);

/** The accounts that a caller may see: those granted to it or to everybody. */
export const visibleTo = ({ principal, seesAll }: Viewer): AccountScope =>
  toScope(
    seesAll
      ? sql.fragment`SELECT id FROM accounts`
      : sql.fragment`SELECT account_id FROM grants WHERE principal IN (${EVERYBODY}, ${principal})`,
  );

/** The account that a caller names, for a condition that has the caller's scope beside it. */
export const idNamed = (named: NamedAccount): number => named as unknown as number;

/** An account of our own finding, for statements about one that a caller names; beside `onlyAccount`. */
export const namedBy = (id: number): NamedAccount => id as unknown as NamedAccount;

/**
 * The account of a list, as one value: the one that is named, or else the only one; NULL, if the caller may not see it. The
 * planner takes it for an account of average size, as it does `averageAccount`.
 */
export const listedAccount = (scope: AccountScope, named: NamedAccount | undefined): FragmentSqlToken =>
  named === undefined
    ? sql.fragment`(
        SELECT min(id) FROM (SELECT id FROM accounts WHERE id IN (${scope}) LIMIT 2) AS first_two HAVING count(*) = 1
      )`
    : sql.fragment`(SELECT id FROM accounts WHERE id = ${idNamed(named)} AND id IN (${scope}))`;

/**
 * One account, in lists and searches: the planner takes it for one of average size. A plain value it would take for an
 * account without posts, where that was connected after the last ANALYZE, and read all of them to sort or search them.
 */
export const averageAccount = (id: number): FragmentSqlToken => sql.fragment`(SELECT ${id}::int8)`;
