import { type IdentifierSqlToken, sql } from 'slonik';
import type { PageById } from '../pagination.ts';

/** The SQL after a condition: the page's rows of those that meet it, in the direction of the position. */
export const pageOfIds = (id: IdentifierSqlToken, { position, limit }: Omit<PageById, 'account_id'>) => {
  const [from] = position?.key ?? [];
  const backwards = position?.direction === 'previous';
  const beyond = backwards
    ? sql.fragment`AND ${id} > ${from ?? 0}::int8`
    : sql.fragment`AND ${id} < ${from ?? 0}::int8`;
  return sql.fragment`
    ${from === undefined ? sql.fragment`` : beyond}
    ORDER BY ${id} ${backwards ? sql.fragment`ASC` : sql.fragment`DESC`} LIMIT ${limit}`;
};

/** The SQL after `FROM table`: the page's rows of an account. */
export const pageById = (table: string, { account_id, ...page }: PageById) => sql.fragment`
  WHERE ${sql.identifier([table, 'account_id'])} = ${account_id} ${pageOfIds(sql.identifier([table, 'id']), page)}`;
