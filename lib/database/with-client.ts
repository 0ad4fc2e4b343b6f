import { Client } from 'pg';
import { toClientConfig } from './client-config.ts';
import { DatabaseProblem, explainDatabaseError, placeOf } from './explain.ts';

const CONNECT_TIMEOUT_MS = 10_000;
/** `RETURNING old.*`, and settings that older servers refuse. */
export const MIN_SERVER_VERSION = 18;

/**
 * Runs `work` on a connection of its own, for what is done once: migrations, users, a database that is missing. The
 * version of the server is looked at first, before anything is said that an older one does not understand.
 * @throws {DatabaseProblem} one line that names the variable, for whatever is wrong with the database.
 */
export const withClient = async <Result>(
  url: string,
  work: (client: Client) => Promise<Result>,
  variable = 'DATABASE_URL',
): Promise<Result> => {
  const client = new Client({ ...toClientConfig(url), connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  client.on('error', () => undefined); // unheard it would end the process; the query under way fails with the same
  try {
    await client.connect();
    await refuseOlder(client, url, variable);
    return await work(client);
  } catch (error) {
    throw explainDatabaseError(error, url, variable);
  } finally {
    await client.end().catch(() => undefined); // it is gone already, and `work` said so
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
