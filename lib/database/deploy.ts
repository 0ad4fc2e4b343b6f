import { sql } from 'slonik';
import { MIGRATIONS_TABLE } from './check-schema.ts';
import { openDatabase } from './create-database.ts';
import { migrate } from './migrate.ts';
import { grantRows, prepareUsers } from './users.ts';
import { withClient } from './with-client.ts';

/**
 * What a deployment does to the database before it changes any function: it makes users, migrates, and proves that the
 * service can log in and read. Code of the version before works on the new schema (expand and contract); after a
 * rollback, the older version finds a newer schema and leaves it as it is.
 * @throws {Error} one line; the deployment must stop, and what was applied stays applied.
 */
export const deployDatabase = async ({
  administratorUrl,
  migratorUrl,
  appUrl,
  readerUrl,
  operator,
  log,
}: {
  administratorUrl: string;
  migratorUrl: string;
  appUrl: string;
  readerUrl: string;
  /** The user for people who inspect the database: nothing logs in as it here. */
  operator: string;
  log: (line: string) => void;
}): Promise<{ applied: readonly string[] }> => {
  const users = { migrator: userOf(migratorUrl), app: userOf(appUrl), reader: userOf(readerUrl), operator };
  await withClient(administratorUrl, (client) => prepareUsers(client, users));
  const applied = await migrate({ url: migratorUrl, direction: 'up', acceptNewer: true, log });
  await withClient(migratorUrl, (client) => grantRows(client, users, MIGRATIONS_TABLE));
  for (const url of [appUrl, readerUrl]) await proveAccess(url);
  return { applied };
};

const userOf = (url: string): string => decodeURIComponent(new URL(url).username);

/** Uses the pool and the logins that the functions use. */
const proveAccess = async (url: string): Promise<void> => {
  const database = await openDatabase(url, 1);
  try {
    await database.query(sql.unsafe`SELECT FROM accounts LIMIT 1`);
  } finally {
    await database.end();
  }
};
