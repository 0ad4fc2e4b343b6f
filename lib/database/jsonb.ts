import { type FragmentSqlToken, sql } from 'slonik';

/** A value as jsonb; null is SQL's NULL. */
export const jsonb = (value: unknown): FragmentSqlToken =>
  sql.fragment`${value === null ? null : JSON.stringify(value)}::jsonb`;
