import { afterEach, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { z } from 'zod';
import { createTestDatabase } from '../testing/postgres.ts';
import { administer, withDatabase } from '../testing/test-server.ts';
import { checkSchema, knownMigrations } from './check-schema.ts';
import { openDatabase } from './create-database.ts';
import { migrate } from './migrate.ts';

const { pool, url } = await createTestDatabase();
const log = () => undefined;
const latest = (await knownMigrations()).at(-1);
afterEach(async () => {
  await pool.query(sql.unsafe`DELETE FROM schema_migrations WHERE name LIKE '9999%'`);
  await migrate({ url, direction: 'up', log });
});

const comeFromTheFuture = () =>
  pool.query(sql.unsafe`INSERT INTO schema_migrations (name, run_on) VALUES ('9999_from_the_future', now())`);

test('a migrated database is as it should be, and migrating it again changes nothing', async () => {
  await checkSchema(pool);
  expect(await migrate({ url, direction: 'up', log })).toEqual([]);
});

test('an older schema is refused, with both versions and what to do', async () => {
  expect(await migrate({ url, direction: 'down', log })).toEqual([latest]);
  const older = (await knownMigrations()).at(-2);
  await expect(checkSchema(pool)).rejects.toThrow(
    `The database has schema ${older}, this version of the service needs ${latest}: run npm run migrate -- up`,
  );
});

test('a newer schema is refused, with both versions, and never migrated either way', async () => {
  await comeFromTheFuture();
  const message = `The database has schema 9999_from_the_future, which this version of the service (${latest}) does not know`;
  await expect(checkSchema(pool)).rejects.toThrow(message);
  await expect(migrate({ url, direction: 'up', log })).rejects.toThrow(message);
  await expect(migrate({ url, direction: 'down', log })).rejects.toThrow(message);
});

test('all migrations can be taken back and applied again, by two at once', async () => {
  const all = await knownMigrations();
  expect(await migrate({ url, direction: 'down', count: 999, log })).toEqual(all.toReversed());
  const left = await pool.anyFirst(sql.type(z.strictObject({ name: z.string() }))`
    SELECT relname AS name FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE nspname = 'public' AND relname NOT LIKE 'schema_migrations%' AND relname NOT LIKE 'test_clock_%'
    UNION ALL SELECT proname FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace WHERE nspname = 'public'
  `);
  expect(left).toEqual([]);
  await expect(checkSchema(pool)).rejects.toThrow('The database has schema (empty)');
  const applied = await Promise.all([1, 2].map(() => migrate({ url, direction: 'up', log })));
  expect(applied.flat()).toEqual(all);
});

test('a database that knows no letters but ASCII is refused before anything is made in it', async () => {
  const name = `test_letters_${process.pid}`;
  const options = "ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' LOCALE_PROVIDER libc TEMPLATE template0";
  await administer(url, `CREATE DATABASE ${name} ${options}`);
  try {
    const blind = withDatabase(url, name);
    const refused = migrate({ url: blind, direction: 'up', log });
    await expect(refused).rejects.toThrow(/^The database has encoding UTF8 and LC_CTYPE C, .* LC_CTYPE 'C\.UTF-8'/);
    const database = await openDatabase(blind, 1);
    await expect(database.exists(sql.unsafe`SELECT FROM pg_class WHERE relname = 'accounts'`)).resolves.toBe(false);
    await database.end();
  } finally {
    await administer(url, `DROP DATABASE ${name} WITH (FORCE)`);
  }
});
