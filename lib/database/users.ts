import { type Client, escapeIdentifier } from 'pg';

type Connection = Pick<Client, 'query'>;

/** Names of the database's users. */
export interface Users {
  /** Owns the tables. */
  migrator: string;
  /** Reads and writes rows. */
  app: string;
  /** Reads rows, for functions that do nothing else. */
  reader: string;
  /** For people: reads rows, except secrets, and the state of the server's sessions. */
  operator: string;
}

/**
 * Makes the users where they are missing, and grants what they need: `migrator` owns the database and what is in it,
 * the others connect. None gets a password: on RDS all log in by IAM. Safe to repeat.
 *
 * `administrator` is RDS's master user, or the user that made the server; it need not be a superuser (on RDS nobody
 * is). Time limits of requests are settings of the database (migrations); `migrator` and `operator` get limits of their
 * own.
 */
export const prepareUsers = async (administrator: Connection, users: Users): Promise<void> => {
  const [migrator, operator] = [escapeIdentifier(users.migrator), escapeIdentifier(users.operator)];
  const connecting = [users.app, users.reader, users.operator].map(escapeIdentifier).join(', ');
  for (const name of Object.values(users)) {
    const { rowCount } = await administrator.query('SELECT FROM pg_roles WHERE rolname = $1', [name]);
    if (rowCount === 0) await administrator.query(`CREATE ROLE ${escapeIdentifier(name)} LOGIN`);
  }
  const { rowCount: onRds } = await administrator.query("SELECT FROM pg_roles WHERE rolname = 'rds_iam'");
  if (onRds === 1) await administrator.query(`GRANT rds_iam TO ${connecting}, ${migrator}`);

  const { rows } = await administrator.query<{ name: string }>('SELECT current_database() AS name');
  const database = escapeIdentifier(rows[0]?.name ?? '');
  // Only a member of its new owner may hand a database over. The membership ends with this transaction (several statements
  // in one query): on RDS it would make the administrator a member of rds_iam, and RDS would refuse its password.
  await administrator.query(`
    GRANT ${migrator} TO CURRENT_USER WITH INHERIT TRUE, SET TRUE;
    ALTER ROLE ${migrator} SET statement_timeout = 0;
    ALTER ROLE ${migrator} SET transaction_timeout = 0;
    ALTER ROLE ${migrator} SET lock_timeout = '10s'; -- or an ALTER TABLE that waits holds up every request
    ALTER ROLE ${migrator} SET idle_in_transaction_session_timeout = '60s';
    ALTER DATABASE ${database} OWNER TO ${migrator};
    REVOKE ALL ON DATABASE ${database} FROM PUBLIC;
    GRANT CONNECT ON DATABASE ${database} TO ${connecting}, CURRENT_USER;
    ALTER ROLE ${operator} SET default_transaction_read_only = on;
    ALTER ROLE ${operator} SET statement_timeout = '60s';
    REVOKE ${migrator} FROM CURRENT_USER;
  `);
  // Without it a person sees sessions, but not what they wait for. RDS's master user may grant it.
  const { rows: mayGrant } = await administrator.query<{ it: boolean }>(
    "SELECT rolsuper OR pg_has_role('pg_monitor', 'MEMBER WITH ADMIN OPTION') AS it FROM pg_roles WHERE rolname = current_user",
  );
  if (mayGrant[0]?.it === true) await administrator.query(`GRANT pg_monitor TO ${operator}`);
};

/** Columns with secrets, or with what tells whether a guess at one is right. */
const SECRET_COLUMNS = '(ciphertext|fingerprint|digest|secret)';

/** Grants the users what the migrations have made, and what later ones will make. Run by the owner; safe to repeat. */
export const grantRows = async (owner: Connection, users: Omit<Users, 'migrator'>, migrationsTable: string) => {
  const [app, reader, operator] = [users.app, users.reader, users.operator].map(escapeIdentifier);
  await owner.query(`
    GRANT USAGE ON SCHEMA public TO ${app}, ${reader}, ${operator};
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${app};
    GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO ${app};
    GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${reader};
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${app};
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO ${app};
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO ${reader};
    REVOKE INSERT, UPDATE, DELETE ON ${escapeIdentifier(migrationsTable)} FROM ${app};
  `);
  // Column by column, at each deployment: nobody may read a new table until its columns were checked here.
  const { rows } = await owner.query<{ statement: string }>(
    `SELECT format('GRANT SELECT (%s) ON %s TO %I', string_agg(quote_ident(attname), ', '), attrelid::regclass, $1::text)
       AS statement
     FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')
       AND pg_get_userbyid(relowner) = current_user
       AND attnum > 0 AND NOT attisdropped AND attname !~ $2
     GROUP BY attrelid`,
    [users.operator, SECRET_COLUMNS],
  );
  for (const { statement } of rows) await owner.query(statement);
};
