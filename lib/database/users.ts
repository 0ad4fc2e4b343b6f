import { type Client, escapeIdentifier } from 'pg';

type Connection = Pick<Client, 'query'>;

/** What the two users of the service are called: the first owns the tables, the second reads and writes rows. */
export interface Users {
  migrator: string;
  app: string;
}

/**
 * Makes sure that the users exist and may do what they are for: `migrator` owns the database and what is in it, `app`
 * connects. Neither is given a password: on RDS both log in by IAM. Safe to repeat.
 *
 * `administrator` is RDS's master user, or whoever made the server, who need not be a superuser (on RDS nobody is). Time
 * limits of requests are the database's settings (migrations); `migrator` gets limits of its own.
 */
export const prepareUsers = async (administrator: Connection, users: Users): Promise<void> => {
  const [migrator, app] = [escapeIdentifier(users.migrator), escapeIdentifier(users.app)];
  for (const [name, identifier] of [[users.migrator, migrator] as const, [users.app, app] as const]) {
    const { rowCount } = await administrator.query('SELECT FROM pg_roles WHERE rolname = $1', [name]);
    if (rowCount === 0) await administrator.query(`CREATE ROLE ${identifier} LOGIN`);
  }
  const { rowCount: onRds } = await administrator.query("SELECT FROM pg_roles WHERE rolname = 'rds_iam'");
  if (onRds === 1) await administrator.query(`GRANT rds_iam TO ${app}, ${migrator}`);

  const { rows } = await administrator.query<{ name: string }>('SELECT current_database() AS name');
  const database = escapeIdentifier(rows[0]?.name ?? '');
  // To hand a database over, one must be a member of its new owner. The membership ends with this transaction (several
  // statements in one query are one): on RDS it would make the administrator a member of rds_iam, whose password RDS refuses.
  await administrator.query(`
    GRANT ${migrator} TO CURRENT_USER WITH INHERIT TRUE, SET TRUE;
    ALTER ROLE ${migrator} SET statement_timeout = 0;
    ALTER ROLE ${migrator} SET transaction_timeout = 0;
    ALTER ROLE ${migrator} SET lock_timeout = '10s'; -- rather than queue every request behind a waiting ALTER TABLE
    ALTER ROLE ${migrator} SET idle_in_transaction_session_timeout = '60s';
    ALTER DATABASE ${database} OWNER TO ${migrator};
    REVOKE ALL ON DATABASE ${database} FROM PUBLIC;
    GRANT CONNECT ON DATABASE ${database} TO ${app}, CURRENT_USER;
    REVOKE ${migrator} FROM CURRENT_USER;
  `);
};

/** Lets `app` use what the migrations have made, and what later ones will make; the owner says so. Safe to repeat. */
export const grantRows = async (owner: Connection, user: string, migrationsTable: string): Promise<void> => {
  const app = escapeIdentifier(user);
  await owner.query(`
    GRANT USAGE ON SCHEMA public TO ${app};
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${app};
    GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO ${app};
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${app};
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO ${app};
    REVOKE INSERT, UPDATE, DELETE ON ${escapeIdentifier(migrationsTable)} FROM ${app};
  `);
};
