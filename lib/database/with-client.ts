import { Client } from 'pg';
import { toClientConfig } from './client-config.ts';
import { DatabaseProblem, explainDatabaseError, placeOf } from './explain.ts';

const CONNECT_TIMEOUT_MS = 10_000;
/** We use `RETURNING old.*`, and settings that older servers refuse. */
export const MIN_SERVER_VERSION = 18;

/**
 * Runs `work` on a connection of its own, for what is done once: migrations, users, a database that is missing. It
 * checks the version of the server first, before an older one is asked what it does not understand.
 * @throws {DatabaseProblem} one line that names the variable, for whatever is wrong with the database.
 */
export const withClient = async <Result>(
  url: string,
  work: (client: Client) => Promise<Result>,
  variable = 'DATABASE_URL',
): Promise<Result> => {
  const client = new Client({ ...toClientConfig(url), connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  client.on('error', () => undefined); // without a listener it ends the process; the query itself fails with the same error
  try {
    await client.connect();
    await refuseOlder(client, url, variable);
    return await work(client);
  } catch (error) {
    throw explainDatabaseError(error, url, variable);
  } finally {
    await client.end().catch(() => undefined); // the connection is gone already, and `work` has failed with that
  }
};

const refuseOlder = async (client: Client, url: string, variable: string): Promise<void> => {
  const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
  const version = rows[0]?.server_version ?? '';
  if (Number.parseInt(version, 10) >= MIN_SERVER_VERSION) return;
  throw new DatabaseProblem(
    `${variable}: ${placeOf(url)} is PostgreSQL ${version}; ${MIN_SERVER_VERSION} or newer is needed: name such a server`,
    '',
  );
};
