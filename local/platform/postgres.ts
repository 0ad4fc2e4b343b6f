import { randomBytes } from 'node:crypto';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, escapeIdentifier } from 'pg';
import { CHECK_MS, keepAlive } from './keep-alive.ts';
import { findHome, type PostgresHome } from './postgres-home.ts';
import {
  endOrphans,
  initialize,
  launch,
  logPath,
  type RunningServer,
  readPidFile,
  removeEmptyPidFile,
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
 * Starts PostgreSQL 18 from npm's binaries, with its data under `dataDir`, or uses the one that already runs there: if a killed
 * process left it behind, it is taken over; if a live process owns it, it is shared. Safe to call at any moment and after any
 * crash. `settings` are server settings (`fsync: 'off'` for throw-away clusters).
 *
 * If a server of ours dies, it is started again at the same address, so `url` stays right. `onLost` is called, with one line,
 * if that fails again and again.
 * @throws {Error} one line that says what is wrong and what to do.
 */
export const startPostgres = async ({
  dataDir,
  log,
  settings = {},
  onLost = (error) => log(error.message),
}: {
  dataDir: string;
  log: (line: string) => void;
  settings?: Readonly<Record<string, string>>;
  onLost?: ((error: Error) => void) | undefined;
}): Promise<EmbeddedPostgres> => {
  const home = await findHome(dataDir, log);
  const ownerFile = join(home.notes, 'owner');
  const exclusively = <Result>(work: () => Promise<Result>): Promise<Result> =>
    withFileLock(join(home.notes, 'lock'), START_LOCK_MS, work);

  return exclusively(async () => {
    const password = await readPassword(home);
    const running = await findRunning(home);
    if (running !== null) log(`PostgreSQL already runs on ${home.cluster} (process ${running.pid}): using it`);
    const owner = await claimant(ownerFile);
    const shared = running !== null && owner !== null;
    if (!shared) await claim(ownerFile);

    const server = running ?? (await startServer(home, password, settings));
    const relaunch = (signal: AbortSignal) =>
      exclusively(async () => {
        // Another process was faster (`npm run migrate`): the server is that process's, and ends with it.
        if ((await findRunning(home)) !== null) return null;
        await claim(ownerFile);
        return launch(home, { settings, port: server.port, signal });
      });
    try {
      const url = await openDatabase(server.port, password);
      return { url, stop: shared ? async () => undefined : keep(server, { home, relaunch, log, onLost }) };
    } catch (error) {
      if (!shared) await terminate(server.pid);
      throw error;
    }
  });
};

/** Keeps a server of ours running until the returned function is called: that stops it, also in the middle of a restart. */
const keep = (
  first: RunningServer,
  {
    home,
    relaunch,
    log,
    onLost,
  }: {
    home: PostgresHome;
    /** Null while another process's server runs there. */
    relaunch: (signal: AbortSignal) => Promise<RunningServer | null>;
    log: (line: string) => void;
    onLost: (error: Error) => void;
  },
): (() => Promise<void>) => {
  const stopping = new AbortController();
  const { signal } = stopping;
  const wait = (ms: number) => delay(ms, undefined, { signal, ref: false });
  const runs = ({ pid }: RunningServer) => servesCluster(pid, home.cluster);
  let server: RunningServer | null = first;

  const kept = keepAlive({
    isAlive: async () => server !== null && runs(server),
    relaunch: async () => {
      server = null;
      for (;;) {
        server = await relaunch(signal);
        if (server !== null) return;
        await wait(CHECK_MS);
      }
    },
    log,
    wait,
  }).catch(({ message }: Error) => {
    if (!signal.aborted) onLost(new Error(`${message}. Remove the cause (see ${logPath(home)}), then start again`));
  });

  const stopOnExit = () => {
    stopping.abort();
    if (server !== null) interrupt(server.pid);
  };
  process.once('exit', stopOnExit);
  return async () => {
    process.off('exit', stopOnExit);
    stopping.abort();
    await kept;
    if (server !== null && (await runs(server))) await terminate(server.pid);
    await endOrphans(home.cluster);
  };
};

/** The superuser's password: made once, and kept where only the user who runs us can read it. */
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

/** The server that runs on this cluster, if any. What a dead one left behind is removed. */
const findRunning = async (home: PostgresHome): Promise<RunningServer | null> => {
  const found = await readPidFile(home.cluster);
  if (found === null) {
    await removeEmptyPidFile(home.cluster);
    return null;
  }
  if (await servesCluster(found.pid, home.cluster)) {
    const ready = found.status === 'stopping' ? null : await waitUntilReady(home.cluster, () => found.pid);
    if (ready !== null) return ready;
    await terminate(found.pid);
  }
  await endOrphans(home.cluster);
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
  return launch(home, { settings });
};

/** A last attempt to stop the server, for a process that exits without `stop`. */
const interrupt = (pid: number): void => {
  try {
    process.kill(pid, 'SIGINT');
  } catch {
    // it is gone already, as wanted
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
