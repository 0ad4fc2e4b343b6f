import { randomBytes } from 'node:crypto';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, escapeIdentifier } from 'pg';
import { findHome, type PostgresHome } from './postgres-home.ts';
import {
  initialize,
  launch,
  type RunningServer,
  readPidFile,
  SUPERUSER,
  servesCluster,
  terminate,
  waitUntilReady,
} from './postgres-server.ts';
import { claim, claimant, readIfPresent, withFileLock } from './process-lock.ts';

/** A running PostgreSQL and its database for the service. */
export interface EmbeddedPostgres {
  /** `DATABASE_URL` of the service's database: loopback, with a password. */
  url: string;
  /** Stops the server, unless another process started it (`npm run migrate` beside `npm start`). */
  stop: () => Promise<void>;
}

const DATABASE = 'instagram';
const MAJOR_VERSION = '18'; // of the binaries in package.json: a cluster belongs to one
const PASSWORD_LENGTH = 32;
const START_LOCK_MS = 120_000;

/**
 * Starts PostgreSQL 18 from npm's binaries, its data under `dataDir`, or joins the one that already runs there: left
 * behind by a killed process it is taken over, owned by a live one it is shared. Safe to call at any moment and after
 * any crash. `settings` are server settings (`fsync: 'off'` for throw-away clusters).
 * @throws {Error} one line that says what is wrong and what to do.
 */
export const startPostgres = async ({
  dataDir,
  log,
  settings = {},
}: {
  dataDir: string;
  log: (line: string) => void;
  settings?: Readonly<Record<string, string>>;
}): Promise<EmbeddedPostgres> => {
  const home = await findHome(dataDir, log);
  const ownerFile = join(home.notes, 'owner');
  return withFileLock(join(home.notes, 'lock'), START_LOCK_MS, async () => {
    const password = await readPassword(home);
    const running = await findRunning(home, log);
    const owner = await claimant(ownerFile);
    const shared = running !== null && owner !== null;
    if (!shared) await claim(ownerFile);

    const server = running ?? (await startServer(home, password, settings));
    const stopOnExit = () => signal(server.pid);
    const stop = async (): Promise<void> => {
      process.off('exit', stopOnExit);
      if (!shared) await terminate(server.pid);
    };
    try {
      const url = await openDatabase(server.port, password);
      if (!shared) process.once('exit', stopOnExit);
      return { url, stop };
    } catch (error) {
      await stop();
      throw error;
    }
  });
};

/** The superuser's password: made once, kept where only whoever runs us reads it. */
const readPassword = async ({ notes, cluster }: PostgresHome): Promise<string> => {
  const path = join(notes, 'password');
  const kept = await readIfPresent(path);
  if (kept?.length === PASSWORD_LENGTH) return kept; // a shorter one: the process that wrote it was killed
  if (await isCluster(cluster)) throw new Error(`${path} is missing, and ${cluster} opens to nothing else`);
  const password = randomBytes((PASSWORD_LENGTH * 3) / 4).toString('base64url');
  await writeFile(path, password, { mode: 0o600 });
  return password;
};

const isCluster = (cluster: string): Promise<boolean> =>
  stat(cluster).then(
    () => true,
    () => false,
  );

/** The server that runs on this cluster, if any; the traces of a dead one are removed. */
const findRunning = async (home: PostgresHome, log: (line: string) => void): Promise<RunningServer | null> => {
  const found = await readPidFile(home.cluster);
  if (found === null) return null;
  if (await servesCluster(found.pid, home.cluster)) {
    const ready = found.status === 'stopping' ? null : await waitUntilReady(home.cluster, () => found.pid);
    if (ready !== null) {
      log(`PostgreSQL already runs on ${home.cluster} (process ${ready.pid}): using it`);
      return ready;
    }
    await terminate(found.pid);
  }
  await rm(join(home.cluster, 'postmaster.pid'), { force: true });
  return null;
};

const startServer = async (
  home: PostgresHome,
  password: string,
  settings: Readonly<Record<string, string>>,
): Promise<RunningServer> => {
  if (!(await isCluster(home.cluster))) await initialize(home, password, settings.fsync !== 'off');
  const version = (await readFile(join(home.cluster, 'PG_VERSION'), 'utf8')).trim();
  if (version !== MAJOR_VERSION) {
    throw new Error(`${home.cluster} was made by PostgreSQL ${version}, this is ${MAJOR_VERSION}: move it away`);
  }
  const { child, ...server } = await launch(home, settings);
  child.unref(); // `stop` ends it; until then it must not keep us from exiting
  return server;
};

/** The last moment's attempt for a process that exits without `stop`. */
const signal = (pid: number): void => {
  try {
    process.kill(pid, 'SIGINT');
  } catch {
    // it is gone already, which is what was wanted
  }
};

/** Creates the service's database where it is missing, and says how to reach it. */
const openDatabase = async (port: number, password: string): Promise<string> => {
  const urlOf = (database: string) => `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${database}`;
  const client = new Client({ connectionString: urlOf('postgres'), connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${escapeIdentifier(DATABASE)}`);
    return urlOf(DATABASE);
  } finally {
    await client.end();
  }
};
