import { Client, escapeIdentifier } from 'pg';
import { toClientConfig } from '../../lib/database/client-config.ts';
import { migrate } from '../../lib/database/migrate.ts';
import { claimDir, postgresDir } from './data-dir.ts';
import { errorCode } from './error-code.ts';
import { startPostgres } from './postgres.ts';
import type { Settings } from './settings.ts';

/** The database of the platform, its schema up to date. */
export interface LocalDatabase {
  url: string;
  /** For people: which one it is, without its password. */
  description: string;
}

/**
 * Opens `DATABASE_URL` (`SIMULATED_DATABASE_URL`, where Instagram is), or starts the embedded PostgreSQL under `dataDir`;
 * `cleanUp` stops what was started, `onLost` hears when that is gone for good.
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
    if (own !== undefined) await ensureDatabase(DATABASE_URL, own).catch(explained(DATABASE_URL));
    const url = own ?? DATABASE_URL;
    await migrate({ url, direction: 'up', log }).catch(explained(url));
    return { url, description: `PostgreSQL at ${placeOf(url)}` };
  }
  const dir = postgresDir(dataDir, { simulated });
  cleanUp.defer(await claimDir(dir));
  const { url, stop } = await startPostgres({ dataDir: dir, log, onLost });
  cleanUp.defer(stop);
  await migrate({ url, direction: 'up', log });
  return { url, description: `embedded PostgreSQL in ${dir}` };
};

const placeOf = (url: string): string => {
  const { host, pathname } = new URL(url);
  return `${host || 'localhost'}${pathname}`;
};

/** Makes the database of the second URL by way of the first, where it is missing. */
const ensureDatabase = async (server: string, url: string): Promise<void> => {
  const name = decodeURIComponent(new URL(url).pathname.slice(1));
  const client = new Client({ ...toClientConfig(server), connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
};

const explained = (url: string) => (cause: unknown) => {
  throw explain(cause, placeOf(url));
};

/** What a failure to connect means for whoever set the variable. */
const explain = (error: unknown, place: string): Error => {
  const code = String(errorCode(error) ?? '');
  const say = (what: string) => new Error(`DATABASE_URL: ${place} ${what}`, { cause: error });
  if (/^28/.test(code)) return say('does not accept this user and password');
  if (code === '3D000') return say('does not exist');
  if (/^(ECONN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|57P03|53300)/.test(code)) {
    return say(`cannot be reached (${code})`);
  }
  const message = error instanceof Error ? error.message : String(error);
  return /timeout/i.test(message) ? say('does not answer') : new Error(message, { cause: error });
};
