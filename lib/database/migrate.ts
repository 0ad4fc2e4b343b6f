import { runner } from 'node-pg-migrate';
import { Client } from 'pg';
import type { DatabasePool } from 'slonik';
import { checkNotNewer, checkServer, MIGRATIONS_FOLDER, MIGRATIONS_TABLE, unknownMigrations } from './check-schema.ts';
import { toClientConfig } from './client-config.ts';
import { openDatabase } from './create-database.ts';

/** Two starts at once migrate one after the other: the second finds nothing left to do. */
const LOCK = 5_271_009_311;

/**
 * Brings the schema of `url` up to date, or takes its last `count` migrations back. Each migration is a transaction.
 * Returns the names of those that were applied or taken back.
 * @throws {Error} one line: of `checkServer`, for a schema newer than this version, or for a migration that failed.
 */
export const migrate = async ({
  url,
  direction,
  count = direction === 'up' ? Number.POSITIVE_INFINITY : 1,
  acceptNewer = false,
  log,
}: {
  url: string;
  direction: 'up' | 'down';
  count?: number;
  /** A schema newer than this version is left as it is: this is a version that was rolled back to. */
  acceptNewer?: boolean;
  log: (line: string) => void;
}): Promise<readonly string[]> => {
  const client = new Client({ ...toClientConfig(url), connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    // Our own time limits (a migration sets them) are for requests, not for this.
    await client.query('SET statement_timeout = 0; SET transaction_timeout = 0; SET lock_timeout = 0');
    await client.query('SELECT pg_advisory_lock($1)', [LOCK]); // until the connection ends
    if (acceptNewer && (await isNewer(url))) {
      log('the schema is newer than this version: nothing to do');
      return [];
    }
    await check(url);
    await client.query("SET lock_timeout = '10s'"); // rather than queue every request behind a waiting ALTER TABLE
    const done = await runner({
      dbClient: client,
      dir: MIGRATIONS_FOLDER,
      ignorePattern: '(?!.*\\.sql$).*', // wrapped in ^…$ by the runner: whatever is no SQL
      migrationsTable: MIGRATIONS_TABLE,
      direction,
      count,
      noLock: true,
      logger: { debug: () => undefined, info: () => undefined, warn: log, error: log },
    });
    for (const { name } of done) log(`${direction === 'up' ? 'migrated' : 'took back'} ${name}`);
    await check(url);
    return done.map(({ name }) => name);
  } finally {
    await client.end();
  }
};

const check = (url: string): Promise<void> =>
  withDatabase(url, async (database) => {
    await checkServer(database);
    await checkNotNewer(database);
  });

const isNewer = (url: string): Promise<boolean> =>
  withDatabase(url, async (database) => (await unknownMigrations(database)).length > 0);

const withDatabase = async <Result>(
  url: string,
  work: (database: DatabasePool) => Promise<Result>,
): Promise<Result> => {
  const database = await openDatabase(url, 1);
  try {
    return await work(database);
  } finally {
    await database.end();
  }
};
