import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type CommonQueryMethods, sql } from 'slonik';
import { z } from 'zod';
import { migrationsEnv, parseEnv } from '../config.ts';
import { MIN_SERVER_VERSION } from './with-client.ts';

/** Where the migrations are: plain SQL files, applied in the order of their names. */
export const MIGRATIONS_FOLDER =
  parseEnv(migrationsEnv).MIGRATIONS_FOLDER ?? fileURLToPath(new URL('../../migrations', import.meta.url));
/** The table of applied migrations. */
export const MIGRATIONS_TABLE = 'schema_migrations';

/** Names of the migrations this version of the service knows, oldest first. */
export const knownMigrations = async (): Promise<readonly string[]> =>
  (await readdir(MIGRATIONS_FOLDER))
    .filter((file) => file.endsWith('.sql'))
    .map((file) => file.slice(0, -'.sql'.length))
    .sort();

/** Names of the migrations that the database has, oldest first. */
const appliedMigrations = async (database: CommonQueryMethods): Promise<readonly string[]> => {
  const exists = await database.oneFirst(sql.type(z.strictObject({ exists: z.boolean() }))`
    SELECT to_regclass(${MIGRATIONS_TABLE}) IS NOT NULL AS exists
  `);
  if (!exists) return [];
  return database.anyFirst(sql.type(z.strictObject({ name: z.string() }))`
    SELECT name FROM ${sql.identifier([MIGRATIONS_TABLE])} ORDER BY id
  `);
};

/**
 * Checks that the server can store our data at all.
 * @throws {Error} one line, for a PostgreSQL that is too old, or that knows no letters but ASCII's.
 */
export const checkServer = async (database: CommonQueryMethods): Promise<void> => {
  const { version, encoding, character_type } = await database.one(sql.type(
    z.strictObject({ version: z.string(), encoding: z.string(), character_type: z.string() }),
  )`
    SELECT current_setting('server_version') AS version, pg_encoding_to_char(encoding) AS encoding,
      datctype AS character_type
    FROM pg_database WHERE datname = current_database()
  `);
  if (Number.parseInt(version, 10) < MIN_SERVER_VERSION) {
    throw new Error(`The database must be PostgreSQL ${MIN_SERVER_VERSION} or newer; this one is ${version}`);
  }
  if (encoding !== 'UTF8' || ['C', 'POSIX'].includes(character_type) || !(await seesLetters(database))) {
    throw new Error(
      `The database has encoding ${encoding} and LC_CTYPE ${character_type}, with which captions in most scripts cannot ` +
        `be searched; create it with ENCODING 'UTF8' LC_CTYPE 'C.UTF-8' TEMPLATE template0`,
    );
  }
};

/** Tries trigram search itself, once it is installed. */
const seesLetters = async (database: CommonQueryMethods): Promise<boolean> => {
  const installed = await database.exists(sql.unsafe`SELECT FROM pg_extension WHERE extname = 'pg_trgm'`);
  if (!installed) return true;
  return database.oneFirst(sql.type(z.strictObject({ sees: z.boolean() }))`
    SELECT cardinality(show_trgm('ж')) > 0 AS sees
  `);
};

/**
 * Checks that the database has exactly the schema that this version of the service was written for.
 * @throws {Error} one line that names both versions and says what to do; or that of `checkServer`.
 */
export const checkSchema = async (database: CommonQueryMethods): Promise<void> => {
  await checkServer(database);
  const known = await knownMigrations();
  const applied = await appliedMigrations(database);
  refuseNewer(applied, known);
  if (applied.length < known.length) {
    throw new Error(
      `The database has schema ${applied.at(-1) ?? '(empty)'}, this version of the service needs ${known.at(-1)}: ` +
        'run npm run migrate -- up',
    );
  }
};

/**
 * Refuses a newer schema. @throws {Error} one line, when the database was migrated by a version that knows more than
 * this one.
 */
export const checkNotNewer = async (database: CommonQueryMethods): Promise<void> =>
  refuseNewer(await appliedMigrations(database), await knownMigrations());

/** Names of applied migrations that only a newer version of the service knows. */
export const unknownMigrations = async (database: CommonQueryMethods): Promise<readonly string[]> => {
  const known = await knownMigrations();
  return (await appliedMigrations(database)).filter((name) => !known.includes(name));
};

const refuseNewer = (applied: readonly string[], known: readonly string[]): void => {
  const unknown = applied.filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new Error(
    `The database has schema ${unknown.at(-1)}, which this version of the service (${known.at(-1)}) does not know: ` +
      'start a newer version',
  );
};
