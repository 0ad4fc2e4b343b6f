/** Whatever is wrong with a database is explained in one line that names the variable and says what to do. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { databaseEnv, parseEnv, testEnv } from '../config.ts';
import { startFakePostgres } from '../testing/fake-postgres.ts';
import { administer, withDatabase } from '../testing/test-server.ts';
import { deployDatabase } from './deploy.ts';
import { migrate } from './migrate.ts';

const { TEST_SERVER_URL } = parseEnv(testEnv);
const name = `explain_${randomUUID().slice(0, 8)}`;
const url = withDatabase(TEST_SERVER_URL, name);
const { host } = new URL(url);

const drop = `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`;
beforeEach(() => administer(TEST_SERVER_URL, drop, `CREATE DATABASE "${name}"`));
afterAll(() => administer(TEST_SERVER_URL, drop));

const up = async (target: string) => {
  const said: string[] = [];
  const line = await migrate({ url: target, direction: 'up', log: (text) => said.push(text) }).then(
    () => 'migrated',
    (error: Error) => error.message,
  );
  expect(said).toEqual([]);
  expect(line).not.toMatch(/\n|secret/);
  return line;
};
const query = async (sql: string) => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<{ name: string }>(sql)).rows.map((row) => row.name);
  } finally {
    await client.end();
  }
};
const tables = () =>
  query("SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1");

test('an older PostgreSQL is refused by its version, before it is asked for what it does not know', async () => {
  const older = await startFakePostgres('16.4 (Debian 16.4-1)');
  const olderUrl = `postgres://me:secret@127.0.0.1:${older.port}/instagram`;
  const line = `DATABASE_URL: 127.0.0.1:${older.port}/instagram is PostgreSQL 16.4 (Debian 16.4-1); 18 or newer is needed: name such a server`;

  expect(await up(olderUrl)).toBe(line);
  const urls = { administratorUrl: olderUrl, migratorUrl: olderUrl, appUrl: olderUrl, readerUrl: olderUrl };
  await expect(deployDatabase({ ...urls, operator: 'operator', log: () => undefined })).rejects.toThrow(line);
  expect(new Set(older.statements)).toEqual(new Set(['SHOW server_version']));
  await older.close();
});

test('sslmode=require without TLS on the server is explained', async () => {
  expect(await up(`${url}?sslmode=require`)).toBe(
    `DATABASE_URL: ${host}/${name} offers no TLS, which sslmode asks for: take sslmode out of the URL, or turn TLS on there`,
  );
});

test('a missing password and a wrong one are explained', async () => {
  const without = new URL(url);
  without.password = '';
  const wrong = new URL(url);
  wrong.password = 'secret';

  expect(await up(without.href)).toMatch(/^DATABASE_URL: \S+ wants a password, and the URL has none$/);
  expect(await up(wrong.href)).toMatch(/^DATABASE_URL: \S+ does not accept this user and password \(28P01\)$/);
});

const listening = async (server: Server): Promise<string> => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return `postgres://me:secret@127.0.0.1:${port}/instagram`;
};
test.each<[string, () => Server]>([
  ['of HTTP', () => createHttpServer((_request, response) => response.end('hello'))],
  [
    'that answers in words',
    () => createServer((socket) => socket.on('error', () => undefined).write('-ERR what?\r\n')),
  ],
  ['that hangs up', () => createServer((socket) => socket.destroy())],
  ['that resets the connection', () => createServer((socket) => socket.resetAndDestroy())],
  ['of SSH', () => createServer((socket) => socket.on('error', () => undefined).end('SSH-2.0-OpenSSH_9.6\r\n'))],
])('a port %s is explained', async (_of, make) => {
  const server = make();

  expect(await up(await listening(server))).toMatch(
    /^DATABASE_URL: 127\.0\.0\.1:\d+\/instagram does not answer as PostgreSQL does: is that its port/,
  );
  server.close();
});

test.each([
  ['accounts', 'CREATE TABLE accounts (email text)', 'accounts'],
  ['others', 'CREATE TABLE comments AS SELECT FROM pg_class', 'comments'],
  ['migrations', 'CREATE TABLE schema_migrations (version text)', 'schema_migrations'],
])(
  'tables of another program (%s) are left alone, and none of ours is made beside them',
  async (_what, made, named) => {
    await query(made);
    const before = await tables();

    expect(await up(url)).toBe(
      `DATABASE_URL: ${host}/${name} holds tables of another program (${named}): name an empty database`,
    );
    expect(await tables()).toEqual(before);
  },
);

test('a database with other tables than ours is taken', async () => {
  await query('CREATE TABLE recipes (id int)');

  await migrate({ url, direction: 'up', log: () => undefined });

  expect(await tables()).toEqual(expect.arrayContaining(['accounts', 'recipes']));
});

test('a migration that fails is named, its SQL is not printed, and nothing is left behind', async () => {
  await query('CREATE FUNCTION next_row_id(bigint) RETURNS bigint LANGUAGE sql RETURN 1');

  expect(await up(url)).toMatch(
    /^DATABASE_URL: \S+ refuses: function "next_row_id" .*\(in migration 0001_create_accounts\) \(42723\)$/,
  );
  expect(await tables()).toEqual([]);
});

test.each([
  'postgres://me:12/secret@db.test:5432/instagram',
  'postgres://me:12#secret@db.test:5432/instagram',
  'postgres://me:12?secret@db.test:5432/instagram',
  'postgres://me:x@12#secret@db.test/instagram',
  'postgres://me:se/cret@db.test/instagram',
  'postgres://me:100%secret@db.test/instagram',
])('a password that is not escaped is refused, and no part of it is printed: %s', (DATABASE_URL) => {
  expect(() => parseEnv(databaseEnv, { DATABASE_URL })).toThrow(
    /^Invalid environment: DATABASE_URL: must be .*write \/ \? # @ : % as %2F %3F %23 %40 %3A %25$/,
  );
});

test.each([
  'postgres://me:p%40ss%2Fw%23rd@db.test:5432/instagram?sslmode=verify-full&sslrootcert=/certs/a@b.pem',
  'postgres://me:p@ss@db.test/instagram',
  'postgres://db.test/instagram?user=a@b.test',
  'postgresql:///instagram',
])('a URL that is escaped as it should be is accepted: %s', (DATABASE_URL) => {
  expect(parseEnv(databaseEnv, { DATABASE_URL })).toMatchObject({ DATABASE_URL });
});
