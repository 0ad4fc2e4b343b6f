import { escapeIdentifier } from 'pg';
import { DatabaseProblem, DISK_FULL, placeOf } from '../../lib/database/explain.ts';
import { migrate } from '../../lib/database/migrate.ts';
import { withClient } from '../../lib/database/with-client.ts';
import { claimDir, postgresDir } from './data-dir.ts';
import { startPostgres } from './postgres.ts';
import type { Settings } from './settings.ts';

/** The database of the platform; its schema is up to date. */
export interface LocalDatabase {
  url: string;
  /** For people: which one it is, without its password. */
  description: string;
}

/**
 * Opens `DATABASE_URL` (or `SIMULATED_DATABASE_URL`, if Instagram is simulated), or starts the embedded PostgreSQL under
 * `dataDir`. `cleanUp` stops what was started; `onLost` is called when that dies and does not come back.
 * @throws {Error} one line that says what is wrong and what to do.
 */
export const startDatabase = async (
  { DATABASE_URL, SIMULATED_DATABASE_URL }: Pick<Settings, 'DATABASE_URL' | 'SIMULATED_DATABASE_URL'>,
  {
    dataDir,
    simulated,
    log,
    onLost,
  }: {
    dataDir: string;
    simulated: boolean;
    log: (line: string) => void;
    onLost: ((error: Error) => void) | undefined;
  },
  cleanUp: AsyncDisposableStack,
): Promise<LocalDatabase> => {
  if (DATABASE_URL !== undefined) {
    const own = simulated ? SIMULATED_DATABASE_URL : undefined;
    if (own !== undefined) await ensureDatabase(DATABASE_URL, own);
    const url = own ?? DATABASE_URL;
    await migrate({ url, direction: 'up', log });
    return { url, description: `PostgreSQL at ${placeOf(url)}` };
  }
  const dir = postgresDir(dataDir, { simulated });
  cleanUp.defer(await claimDir(dir));
  const { url, stop } = await startPostgres({ dataDir: dir, log, onLost }).catch(explainEmbedded(dir));
  cleanUp.defer(stop);
  await migrate({ url, direction: 'up', log }).catch(explainEmbedded(dir));
  return { url, description: `embedded PostgreSQL in ${dir}` };
};

/** Makes the database of the second URL if it is missing, over a connection to the first. */
const ensureDatabase = (server: string, url: string): Promise<void> =>
  withClient(server, async (client) => {
    const name = decodeURIComponent(new URL(url).pathname.slice(1));
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${escapeIdentifier(name)}`);
  });

/** Explains a failure of the embedded PostgreSQL to whoever chose its folder. */
const explainEmbedded =
  (dir: string) =>
  (error: unknown): never => {
    const isFull = error instanceof Error && /ENOSPC|No space left/.test(error.message);
    if (isFull || (error instanceof DatabaseProblem && error.code === DISK_FULL)) {
      throw new Error(`DATA_DIR: the disk of ${dir} is full; free some space, or set another`, { cause: error });
    }
    throw error;
  };
