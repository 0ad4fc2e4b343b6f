import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { startRdsServer, tokenOf } from '../testing/rds-server.ts';
import { administer, withDatabase } from '../testing/test-server.ts';
import { knownMigrations } from './check-schema.ts';
import { deployDatabase } from './deploy.ts';
import { withLogin } from './login.ts';

const server = await startRdsServer();
afterAll(() => server.stop());

/** Deploys into the database `name`, whose users are called `<user>_<name>` here: users belong to the whole server. */
const deploy = (name: string, administratorPassword: string) => {
  const urlOf = (user: string, password = tokenOf(`${user}_${name}`)) =>
    withLogin(withDatabase(server.url, name), `${user}_${name}`, password);
  return deployDatabase({
    administratorUrl: urlOf('administrator', administratorPassword),
    migratorUrl: urlOf('migrator'),
    appUrl: urlOf('app'),
    readerUrl: urlOf('reader'),
    operator: `operator_${name}`,
    log: () => undefined,
  });
};

const run = async (user: string, database: string, password: string, statement = 'SELECT'): Promise<void> => {
  const client = new Client({ connectionString: withLogin(withDatabase(server.url, database), user, password) });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
};

describe('a deployment works with a master user that logs in by IAM, as we configure RDS', () => {
  beforeAll(() =>
    administer(
      server.url,
      "CREATE ROLE administrator_iam LOGIN CREATEROLE CREATEDB PASSWORD 'password' IN ROLE rds_superuser",
      'GRANT rds_iam TO administrator_iam WITH ADMIN OPTION',
      'CREATE DATABASE iam OWNER administrator_iam',
    ),
  );

  test('the second deployment logs in as the first did', async () => {
    const first = await deploy('iam', tokenOf('administrator_iam'));
    const second = await deploy('iam', tokenOf('administrator_iam'));

    expect(first.applied).toEqual(await knownMigrations());
    expect(second.applied).toEqual([]);
  });

  test('none of our users can log in by password', async () => {
    for (const user of ['administrator_iam', 'migrator_iam', 'app_iam', 'reader_iam', 'operator_iam']) {
      await expect(run(user, 'iam', 'password')).rejects.toThrow(/RADIUS authentication failed/);
    }
  });

  test('the administrator may not use the rights of the owner of the tables', async () => {
    const asAdministrator = (statement: string) =>
      run('administrator_iam', 'iam', tokenOf('administrator_iam'), statement);

    await expect(asAdministrator('SELECT FROM accounts')).rejects.toThrow(/permission denied/);
    await expect(asAdministrator('SET ROLE migrator_iam')).rejects.toThrow(/permission denied/);
  });
});

test('a master user that logs in by password stays outside rds_iam, where RDS would refuse its password', async () => {
  // RDS lets its master grant rds_iam without being in it; elsewhere only a superuser may.
  await administer(
    server.url,
    "CREATE ROLE administrator_password SUPERUSER LOGIN PASSWORD 'password'",
    'CREATE DATABASE password OWNER administrator_password',
  );

  await deploy('password', 'password');

  await expect(deploy('password', 'password')).resolves.toEqual({ applied: [] });
});
