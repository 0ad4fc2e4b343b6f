import { sql } from 'slonik';
import type { PageById } from '../pagination.ts';

/** The SQL after `FROM table`: the page's rows, in the direction of the position. */
export const pageById = (table: string, { account_id, position, limit }: PageById) => {
  const id = sql.identifier([table, 'id']);
  const [from] = position?.key ?? [];
  const backwards = position?.direction === 'previous';
  const beyond = backwards
    ? sql.fragment`AND ${id} > ${from ?? 0}::int8`
    : sql.fragment`AND ${id} < ${from ?? 0}::int8`;
  return sql.fragment`
    WHERE ${sql.identifier([table, 'account_id'])} = ${account_id} ${from === undefined ? sql.fragment`` : beyond}
    ORDER BY ${id} ${backwards ? sql.fragment`ASC` : sql.fragment`DESC`} LIMIT ${limit}`;
};
