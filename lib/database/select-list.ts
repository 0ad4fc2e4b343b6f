import { type FragmentSqlToken, type ListSqlToken, sql } from 'slonik';

/**
 * The SELECT list that a row schema stands for: each key is the column of that name, of `table` where that must be said,
 * unless `computed` says how it is made, its `AS` included. A key added to the schema is selected by that alone.
 */
export const selectList = <Key extends string>(
  { shape }: { shape: Readonly<Record<Key, unknown>> },
  { table, computed }: { table?: string; computed: Readonly<Partial<Record<Key, FragmentSqlToken>>> },
): ListSqlToken =>
  sql.join(
    (Object.keys(shape) as Key[]).map(
      (key) => computed[key] ?? sql.identifier(table === undefined ? [key] : [table, key]),
    ),
    sql.fragment`, `,
  );
