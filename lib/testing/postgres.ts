import { randomUUID } from 'node:crypto';
import { afterAll } from '@jest/globals';
import { escapeIdentifier, escapeLiteral } from 'pg';
import type { DatabasePool } from 'slonik';
import { parseEnv, testEnv } from '../config.ts';
import { closeDatabases, openDatabase } from '../database/create-database.ts';
import { createDatabaseClock, type DatabaseClock } from './test-clock.ts';
import { administer, withDatabase } from './test-server.ts';

/** A migrated database of a test file's own. */
export interface TestDatabase {
  url: string;
  /** For fixtures and for looking at rows; handlers under test open their own (`createDatabase`). */
  pool: DatabasePool;
  /** Sets its `service_now()`. */
  databaseClock: DatabaseClock;
}

/**
 * Makes a fresh database from the run's migrated template, and drops it after the file's last test. Call it at the top
 * level of a test file (`const { pool } = await createTestDatabase()`), before importing a handler: `DATABASE_URL` names
 * the new database from then on.
 */
export const createTestDatabase = async ({ poolSize = 4 }: { poolSize?: number } = {}): Promise<TestDatabase> => {
  const { TEST_SERVER_URL, TEST_TEMPLATE } = parseEnv(testEnv);
  const name = `test_${randomUUID().replaceAll('-', '').slice(0, 16)}`;
  const url = withDatabase(TEST_SERVER_URL, name);
  await administer(
    TEST_SERVER_URL,
    `CREATE DATABASE ${escapeIdentifier(name)} TEMPLATE ${escapeIdentifier(TEST_TEMPLATE)}`,
    copySettings(TEST_TEMPLATE, name),
  );
  const pool = await openDatabase(url, poolSize);
  // biome-ignore lint/style/noProcessEnv: handlers read the environment when they are imported, as they do on Lambda
  process.env.DATABASE_URL = url;
  // biome-ignore lint/style/noProcessEnv: tests send more requests than a caller may; those about limits set their own
  process.env.CALLER_REQUESTS_PER_SECOND ??= '0';
  afterAll(async () => {
    await closeDatabases();
    await pool.end();
    await administer(TEST_SERVER_URL, `DROP DATABASE ${escapeIdentifier(name)} WITH (FORCE)`);
  });
  return { url, pool, databaseClock: createDatabaseClock(pool) };
};

/** A copied database does not take over what `ALTER DATABASE … SET` gave its template. */
const copySettings = (from: string, to: string): string => `
  DO $$
  DECLARE setting text;
  BEGIN
    FOR setting IN
      SELECT unnest(setconfig) FROM pg_db_role_setting JOIN pg_database ON pg_database.oid = setdatabase
      WHERE datname = ${escapeLiteral(from)} AND setrole = 0
    LOOP
      EXECUTE format('ALTER DATABASE %I SET %I = %L', ${escapeLiteral(to)},
        split_part(setting, '=', 1), substr(setting, strpos(setting, '=') + 1));
    END LOOP;
  END
  $$`;
