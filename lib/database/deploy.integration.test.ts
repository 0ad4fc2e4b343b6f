import { randomUUID } from 'node:crypto';
import { afterAll, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { parseEnv, testEnv } from '../config.ts';
import { administer, withDatabase } from '../testing/test-server.ts';
import { knownMigrations, MIGRATIONS_TABLE } from './check-schema.ts';
import { deployDatabase } from './deploy.ts';
import { withLogin } from './login.ts';
import { prepareUsers } from './users.ts';

const { TEST_SERVER_URL } = parseEnv(testEnv);
const suffix = randomUUID().slice(0, 8);
const [administrator, migrator, app, reader, operator, database] = [
  'administrator',
  'migrator',
  'app',
  'reader',
  'operator',
  'deployed',
].map((name) => `${name}_${suffix}`) as [string, string, string, string, string, string];
const urlOf = (user: string) => withLogin(withDatabase(TEST_SERVER_URL, database), user, 'password');
const deployed = {
  administratorUrl: urlOf(administrator),
  migratorUrl: urlOf(migrator),
  appUrl: urlOf(app),
  readerUrl: urlOf(reader),
  operator,
};

// As RDS makes a database: its administrator may make users, and is no superuser.
await administer(
  TEST_SERVER_URL,
  `CREATE ROLE "${administrator}" LOGIN CREATEROLE CREATEDB PASSWORD 'password'`,
  `CREATE DATABASE "${database}" OWNER "${administrator}"`,
);
await as(administrator, (client) => prepareUsers(client, { migrator, app, reader, operator }));
// In place of IAM.
await as(administrator, (client) =>
  client.query([migrator, app, reader, operator].map((name) => `ALTER ROLE "${name}" PASSWORD 'password'`).join('; ')),
);
afterAll(() =>
  administer(
    TEST_SERVER_URL,
    `DROP DATABASE "${database}" WITH (FORCE)`,
    ...[app, reader, operator, migrator].map((name) => `DROP ROLE "${name}"`),
    `DROP ROLE "${administrator}"`,
  ),
);

async function as<Result>(user: string, work: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client({ connectionString: urlOf(user) });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
const log = () => undefined;

test('a first deployment makes users and schema, a second finds nothing to do', async () => {
  const first = await deployDatabase({ ...deployed, log });
  const second = await deployDatabase({ ...deployed, log });

  expect(first.applied).toEqual(await knownMigrations());
  expect(second.applied).toEqual([]);
});

test('the service may read and write rows, and nothing else', async () => {
  await as(app, async (client) => {
    await client.query(
      "INSERT INTO accounts (instagram_id, login, token_ciphertext, token_key_id, token_cipher_version) VALUES ('1', 'instagram', '', '', 1)",
    );
    await client.query("UPDATE accounts SET name = 'x'");
    await client.query('SELECT next_row_id(1)');
    await client.query('DELETE FROM accounts');
    await client.query(`SELECT FROM ${MIGRATIONS_TABLE}`);
  });
  for (const statement of [
    'DROP TABLE accounts',
    'ALTER TABLE accounts ADD COLUMN x text',
    'CREATE TABLE mine (id bigint)',
    'TRUNCATE accounts',
    `DELETE FROM ${MIGRATIONS_TABLE}`,
    `CREATE ROLE "other_${suffix}"`,
    `SET ROLE "${migrator}"`,
  ]) {
    await expect(as(app, (client) => client.query(statement))).rejects.toThrow(/permission denied|must be owner/);
  }
});

test('functions that only read may read rows, and nothing else', async () => {
  const asReader = (statement: string) => as(reader, (client) => client.query(statement));
  await asReader('SELECT * FROM accounts');
  await asReader(`SELECT FROM ${MIGRATIONS_TABLE}`);
  for (const statement of ['DELETE FROM accounts', "UPDATE accounts SET name = 'x'", 'CREATE TABLE mine (id bigint)']) {
    await expect(asReader(statement)).rejects.toThrow(/permission denied/);
  }
});

test('the operator reads rows but no secrets, and changes nothing', async () => {
  const asOperator = (statement: string) => as(operator, (client) => client.query(statement));
  await asOperator('SELECT id, username, token_state, token_error, token_expires_at FROM accounts');
  await asOperator('SELECT * FROM sync_runs');
  await asOperator('SELECT id, kind, state, error FROM intents');
  await expect(asOperator('SELECT token_ciphertext FROM accounts')).rejects.toThrow(/permission denied/);
  await expect(asOperator('SELECT token_fingerprints FROM accounts')).rejects.toThrow(/permission denied/);
  for (const statement of [
    'DELETE FROM accounts',
    "SET default_transaction_read_only = off; UPDATE accounts SET name = 'x'",
  ]) {
    await expect(asOperator(statement)).rejects.toThrow(/permission denied|read-only transaction/);
  }
  const { rows } = await as(operator, (client) => client.query("SELECT current_setting('statement_timeout') AS it"));
  expect(rows).toEqual([{ it: '1min' }]);
});

test('requests have time limits that no client has to ask for, migrations have theirs', async () => {
  const limitsOf = (user: string) =>
    as(user, async (client) => {
      const { rows } = await client.query(
        "SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock",
      );
      return rows[0];
    });

  expect(await limitsOf(app)).toEqual({ statement: '10s', lock: '5s' });
  expect(await limitsOf(migrator)).toEqual({ statement: '0', lock: '10s' });
});

test('the service may use a table of a later migration without another grant', async () => {
  await as(migrator, (client) => client.query('CREATE TABLE later (id bigint GENERATED ALWAYS AS IDENTITY, x text)'));

  await as(app, (client) => client.query("INSERT INTO later (x) VALUES ('x')"));

  await as(migrator, (client) => client.query('DROP TABLE later'));
});

test('after a rollback, the older version leaves the newer schema as it is', async () => {
  await as(migrator, (client) =>
    client.query(`INSERT INTO ${MIGRATIONS_TABLE} (name, run_on) VALUES ('9999_of_the_future', now())`),
  );
  const said: string[] = [];

  const { applied } = await deployDatabase({ ...deployed, log: (line) => said.push(line) });

  expect(applied).toEqual([]);
  expect(said).toEqual(['the schema is newer than this version: nothing to do']);
  await as(migrator, (client) => client.query(`DELETE FROM ${MIGRATIONS_TABLE} WHERE name = '9999_of_the_future'`));
});

test('a service that could not log in stops the deployment', async () => {
  const wrong = withLogin(deployed.appUrl, app, 'wrong');

  await expect(deployDatabase({ ...deployed, appUrl: wrong, log })).rejects.toThrow();
});

test('a login is taken out of one URL and put into another', () => {
  const iam = 'postgres://migrator@db.test:5432/instagram?sslmode=verify-full&auth=iam';

  expect(withLogin(iam, 'app')).toBe('postgres://app@db.test:5432/instagram?sslmode=verify-full&auth=iam');
  expect(withLogin(iam, 'administrator', 'p@ss/w:rd')).toBe(
    'postgres://administrator:p%40ss%2Fw%3Ard@db.test:5432/instagram?sslmode=verify-full',
  );
});
