import { E_TIMEOUT, Semaphore, type SemaphoreInterface, withTimeout } from 'async-mutex';
import { createPool, type DatabasePool, type Interceptor, SchemaValidationError } from 'slonik';
import { databaseUnavailable, toDatabaseError } from './database-error.ts';
import { createPgDriver } from './driver.ts';

/** The longest waits, in milliseconds. */
export interface DatabaseLimits {
  connectMs: number;
  /** For the answer to a query; longer than the database's own `statement_timeout` (migrations). */
  queryMs: number;
  /** For a connection while others use them all. */
  acquireMs: number;
}
const LIMITS: DatabaseLimits = { connectMs: 5_000, queryMs: 15_000, acquireMs: 5_000 };
/** Shorter than the time after which NAT gateways and proxies forget an idle connection. */
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
 * The pool of connections to `DATABASE_URL`, one per process and URL. It connects on first use, and again whenever it
 * must. A bigint is a number, a timestamptz an ISO text in UTC, and rows are checked against their schema.
 *
 * Nothing is retried here: a callback that runs twice would act twice. Whatever fails because the database is away is a
 * `database_unavailable` with `Retry-After`. Broken connections are replaced, and the next query works.
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

/** Opens a pool like that of `createDatabase`, which its caller must end. */
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
    // Instead of DISCARD ALL, which costs a round trip a query. Nothing ever sets session state, and slonik destroys a
    // connection whose handler failed: the pool only gets clean ones back.
    resetConnection: async () => undefined,
  });
  pool.on('error', () => undefined); // without a listener it ends the process; the query itself fails with the same error
  // In slonik's own queue, a client may wait for a connection for ever.
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

/** The one place that bounds the wait for a connection, and names failures of the database. */
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
