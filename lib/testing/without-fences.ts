import type { DatabasePool } from 'slonik';

/** A condition that the row's fence is still the one that whoever writes has seen. */
const FENCE = /\b(fence|lease_epoch) = (\$\w+)/g;

type Query = { sql: string };

/** The same pool for a service that forgot its fences: whoever was overtaken writes all the same. A mistake to be found. */
export const withoutFences = (pool: DatabasePool): DatabasePool => forget(pool);

const forget = <Target extends object>(target: Target): Target =>
  new Proxy(target, {
    get: (inner, name, receiver) => {
      const value = Reflect.get(inner, name, receiver) as unknown;
      if (typeof value !== 'function') return value;
      return (first: unknown, ...others: unknown[]) => value.call(inner, forgetful(first), ...others) as unknown;
    },
  });

/** A statement without its fence, or a transaction's body whose statements have none. */
const forgetful = (argument: unknown): unknown => {
  if (typeof argument === 'function') return (connection: object) => argument(forget(connection)) as unknown;
  const query = argument as Query;
  return { ...query, sql: query.sql.replace(FENCE, '($1 = $2 OR TRUE)') };
};
