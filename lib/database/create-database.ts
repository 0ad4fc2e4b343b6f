import { E_TIMEOUT, Semaphore, type SemaphoreInterface, withTimeout } from 'async-mutex';
import { createPool, type DatabasePool, type Interceptor, SchemaValidationError } from 'slonik';
import { databaseUnavailable, toDatabaseError } from './database-error.ts';
import { createPgDriver } from './driver.ts';

/** How long to wait for what, in milliseconds. */
export interface DatabaseLimits {
  connectMs: number;
  /** For the answer to a query; above the database's own `statement_timeout` (migrations). */
  queryMs: number;
  /** For a connection of the pool that others use. */
  acquireMs: number;
}
const LIMITS: DatabaseLimits = { connectMs: 5_000, queryMs: 15_000, acquireMs: 5_000 };
/** Shorter than what NAT gateways and proxies forget an idle connection after. */
const IDLE_MS = 60_000;

/** Checks each row against the schema its query was written with, so that types hold at run time too. */
const validateRows: Interceptor = {
  name: 'validate-rows',
  transformRow: ({ resultParser }, query, row) => {
    if (resultParser === undefined) return row;
    const result = resultParser['~standard'].validate(row);
    if (result instanceof Promise) throw new TypeError('row schemas must be synchronous');
    if (result.issues !== undefined) throw new SchemaValidationError(query, row, result.issues);
    return result.value as typeof row;
  },
};

const pools = new Map<string, Promise<DatabasePool>>();

/**
 * The pool of connections to `DATABASE_URL`, one per process and URL; it connects when first used and again whenever it
 * must. bigint is a number, timestamptz an ISO text in UTC, rows are checked against their schema.
 *
 * Nothing is retried here: a callback run twice would act twice. Whatever the database's absence breaks is a
 * `database_unavailable` with `Retry-After`, connections that fail are replaced, and the next query works.
 */
export const createDatabase = ({
  DATABASE_URL: url,
  DATABASE_POOL_SIZE: size,
}: {
  DATABASE_URL: string;
  DATABASE_POOL_SIZE: number;
}): Promise<DatabasePool> => {
  const made = pools.get(url) ?? openForgetful(url, size);
  pools.set(url, made);
  return made;
};

/** A pool that leaves the cache when it is ended. */
const openForgetful = async (url: string, size: number): Promise<DatabasePool> => {
  const pool = await openDatabase(url, size);
  const end = async (): Promise<void> => {
    pools.delete(url);
    await pool.end();
  };
  return { ...pool, end };
};

/** Ends every pool of this process: at shutdown, and after tests. */
export const closeDatabases = async (): Promise<void> => {
  const open = [...pools.values()];
  pools.clear();
  await Promise.all(open.map(async (pool) => (await pool).end()));
};

/** A pool of its own, like `createDatabase`'s: whoever opens it ends it. */
export const openDatabase = async (url: string, size: number, limits = LIMITS): Promise<DatabasePool> => {
  const pool = await createPool(url, {
    driverFactory: createPgDriver(url, limits),
    maxPoolSize: size,
    connectionRetryLimit: 0,
    queryRetryLimit: 0,
    transactionRetryLimit: 0,
    idleTimeout: IDLE_MS,
    gracefulTerminationTimeout: 1_000,
    interceptors: [validateRows],
    // Time limits are settings of the database (migrations): RDS Proxy refuses them as start-up parameters.
    statementTimeout: 'DISABLE_TIMEOUT',
    idleInTransactionSessionTimeout: 'DISABLE_TIMEOUT',
    // In place of DISCARD ALL, a round trip a query: no session state is ever set, and slonik destroys a connection
    // whose handler failed, so what comes back to the pool is clean.
    resetConnection: async () => undefined,
  });
  pool.on('error', () => undefined); // unheard it would end the process; whoever ran the query gets the same error
  // slonik's own queue lets a client wait for a connection for ever.
  return { ...pool, ...guard(pool, withTimeout(new Semaphore(size), limits.acquireMs)) };
};

const METHODS = [
  'any',
  'anyFirst',
  'connect',
  'exists',
  'many',
  'manyFirst',
  'maybeOne',
  'maybeOneFirst',
  'one',
  'oneFirst',
  'query',
  'record',
  'transaction',
] as const satisfies readonly (keyof DatabasePool)[];
type Guarded = Pick<DatabasePool, (typeof METHODS)[number]>;

/** The one place where waiting for a connection is bounded and failures of the database's are named. */
const guard = (pool: DatabasePool, connections: SemaphoreInterface): Guarded => {
  const guarded =
    (method: (...args: never[]) => Promise<unknown>) =>
    (...args: never[]) =>
      connections
        .runExclusive(() => method(...args))
        .catch((error: unknown) => {
          if (error === E_TIMEOUT) throw databaseUnavailable('Every connection to the database is in use');
          throw toDatabaseError(error);
        });
  return Object.fromEntries(METHODS.map((name) => [name, guarded(pool[name])])) as unknown as Guarded;
};
