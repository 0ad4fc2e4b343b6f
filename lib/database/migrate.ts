import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runner } from 'node-pg-migrate';
import type { Client } from 'pg';
import type { DatabasePool } from 'slonik';
import {
  checkNotNewer,
  checkServer,
  knownMigrations,
  MIGRATIONS_FOLDER,
  MIGRATIONS_TABLE,
  unknownMigrations,
} from './check-schema.ts';
import { openDatabase } from './create-database.ts';
import { DatabaseProblem, placeOf } from './explain.ts';
import { withClient } from './with-client.ts';

/** Advisory lock: of two starts at once, the second waits and finds nothing left to do. */
const LOCK = 5_271_009_311;

/**
 * Brings the schema of `url` up to date, or takes its last `count` migrations back. Each migration is a transaction.
 * Gives the names of those that were applied or taken back.
 * @throws {Error} one line: for what is wrong with the database (`explainDatabaseError`), for tables of another
 * program, of `checkServer`, for a schema newer than this version, or for a migration that failed. A first migration
 * that fails leaves nothing behind.
 */
export const migrate = ({
  url,
  direction,
  count = direction === 'up' ? Number.POSITIVE_INFINITY : 1,
  acceptNewer = false,
  log,
}: {
  url: string;
  direction: 'up' | 'down';
  count?: number;
  /** Accepts a schema newer than this version, and leaves it as it is: after a rollback. */
  acceptNewer?: boolean;
  log: (line: string) => void;
}): Promise<readonly string[]> =>
  withClient(url, async (client) => {
    // The database's time limits (a migration sets them) are for requests, not for migrations.
    await client.query('SET statement_timeout = 0; SET transaction_timeout = 0; SET lock_timeout = 0');
    await client.query('SELECT pg_advisory_lock($1)', [LOCK]); // until the connection ends
    if (acceptNewer && (await isNewer(url))) {
      log('the schema is newer than this version: nothing to do');
      return [];
    }
    await refuseForeign(client, url);
    await check(url);
    await client.query("SET lock_timeout = '10s'"); // or an ALTER TABLE that waits holds up every request behind it
    const names = await leavingNothing(client, () => run(client, { direction, count, log }));
    for (const name of names) log(`${direction === 'up' ? 'migrated' : 'took back'} ${name}`);
    await check(url);
    return names;
  });

const run = async (
  client: Client,
  { direction, count, log }: { direction: 'up' | 'down'; count: number; log: (line: string) => void },
): Promise<readonly string[]> => {
  let current = '';
  const onInfo = (line: string): void => {
    current = /^### MIGRATION (\S+) /.exec(line)?.[1] ?? current;
  };
  try {
    const done = await runner({
      dbClient: client,
      dir: MIGRATIONS_FOLDER,
      ignorePattern: '(?!.*\\.sql$).*', // wrapped in ^…$ by the runner: whatever is no SQL
      migrationsTable: MIGRATIONS_TABLE,
      direction,
      count,
      noLock: true,
      // Its error lines repeat the whole SQL of a migration; the error that it throws says what went wrong.
      logger: { debug: () => undefined, info: onInfo, warn: log, error: () => undefined },
    });
    return done.map(({ name }) => name);
  } catch (error) {
    if (error instanceof Error && current !== '') error.message = `${error.message} (in migration ${current})`;
    throw error;
  }
};

/** The runner makes its table before anything else: where the first migration fails, this drops it again. */
const leavingNothing = async <Result>(client: Client, work: () => Promise<Result>): Promise<Result> => {
  const { rowCount } = await client.query('SELECT FROM pg_class WHERE oid = to_regclass($1)', [MIGRATIONS_TABLE]);
  try {
    return await work();
  } catch (error) {
    // If this fails too, the server is gone, and `error` says so.
    if (rowCount === 0) await client.query(`ROLLBACK; DROP TABLE IF EXISTS ${MIGRATIONS_TABLE}`).catch(() => undefined);
    throw error;
  }
};

/** Refuses a database in which another program has tables with the names of ours. */
const refuseForeign = async (client: Client, url: string): Promise<void> => {
  const { rows: own } = await client.query<{ columns: string[] }>(
    `SELECT array_agg(attname::text ORDER BY attname::text) AS columns FROM pg_attribute
     WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped HAVING count(*) > 0`,
    [MIGRATIONS_TABLE],
  );
  const columns = own[0]?.columns;
  if (columns !== undefined && String(columns) === 'id,name,run_on') return;
  const names = columns === undefined ? await relationNames() : [MIGRATIONS_TABLE];
  const { rows: foreign } = await client.query<{ relname: string }>(
    `SELECT relname FROM pg_class WHERE relname = ANY($1) AND relnamespace = to_regnamespace(current_schema())::oid
     ORDER BY relname`,
    [names],
  );
  if (foreign.length === 0) return;
  const found = foreign.map(({ relname }) => relname).join(', ');
  throw new DatabaseProblem(
    `DATABASE_URL: ${placeOf(url)} holds tables of another program (${found}): name an empty database`,
    '',
  );
};

/** Names of the tables and sequences that the migrations make. */
const relationNames = async (): Promise<readonly string[]> => {
  const files = (await knownMigrations()).map((name) => readFile(join(MIGRATIONS_FOLDER, `${name}.sql`), 'utf8'));
  const made = (await Promise.all(files)).flatMap((text) => [
    ...text.matchAll(/^CREATE (?:TABLE|SEQUENCE)(?: IF NOT EXISTS)? (\w+)/gm),
  ]);
  return [...new Set(made.map(([, name = '']) => name))];
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
