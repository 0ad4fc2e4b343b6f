import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { addAbortListener } from 'node:events';
import { open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './free-port.ts';
import { makePrivateFolder, type PostgresHome } from './postgres-home.ts';
import { isRunning, readIfPresent } from './process-lock.ts';

/** A running server: ours, or one that an earlier process left behind. */
export interface RunningServer {
  pid: number;
  port: number;
}

/** The superuser of an embedded cluster, who owns the service's database. */
export const SUPERUSER = 'instagram';

/** The environment of PostgreSQL: without PGDATA, PGOPTIONS and so on, and in English, because we read its messages. */
const ENVIRONMENT = { LC_ALL: 'C', PATH: '/usr/bin:/bin' };
const START_TIMEOUT_MS = 60_000; // recovery after a crash replays what a busy minute wrote
const POLL_MS = 20;

/** The locale decides what is a letter. With `C`, trigram search would find no letter outside ASCII. */
const CHARACTER_TYPES = process.platform === 'darwin' ? ['en_US.UTF-8'] : ['C.UTF-8', 'en_US.UTF-8'];

/**
 * Makes the cluster in a folder beside its place, and moves it there when it is complete. If that is interrupted, nothing is
 * left that looks like a cluster, and the next start begins again.
 */
export const initialize = async (home: PostgresHome, password: string, sync: boolean): Promise<void> => {
  await removeLeftovers(home.cluster);
  // A new name each time: the initdb of a killed start may still be writing into its own.
  const partial = `${home.cluster}.partial-${randomUUID()}`;
  const passwordFolder = `${partial}-password`;
  await makePrivateFolder(passwordFolder, home.account);
  const passwordFile = join(passwordFolder, 'password');
  await writeFile(passwordFile, password, { mode: 0o644 }); // its folder is closed to everyone else
  let failure = '';
  try {
    for (const characterType of CHARACTER_TYPES) {
      await makePrivateFolder(partial, home.account);
      const output = await initdb(home, [
        `--pgdata=${partial}`,
        `--username=${SUPERUSER}`,
        `--pwfile=${passwordFile}`,
        `--lc-ctype=${characterType}`,
        ...(sync ? [] : ['--no-sync']),
      ]);
      if (output === null) return await rename(partial, home.cluster);
      failure = output;
      if (!output.includes('invalid locale')) break;
    }
  } finally {
    await rm(passwordFolder, { recursive: true, force: true });
  }
  await rm(partial, { recursive: true, force: true });
  throw new Error(`could not create the embedded PostgreSQL: ${failure}`);
};

const removeLeftovers = async (cluster: string): Promise<void> => {
  const folder = dirname(cluster);
  for (const name of await readdir(folder)) {
    if (!name.startsWith(`${basename(cluster)}.partial`)) continue;
    // A folder that a living initdb still writes to is left for the next time.
    await rm(join(folder, name), { recursive: true, force: true }).catch(() => undefined);
  }
};

/** Null if it succeeded, else the last line that it printed. */
const initdb = async ({ bin, account }: PostgresHome, args: readonly string[]): Promise<string | null> => {
  const fixed = ['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--no-instructions'];
  const child = spawn(join(bin, 'initdb'), [...fixed, ...args], {
    ...account,
    env: ENVIRONMENT,
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    words += chunk;
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return status === 0 ? null : lastError(words);
};

/** What a client is told that connects too early, such as a client of a server that died. */
const TURNED_AWAY = /FATAL: +the database system is /;

/** The line of a log that says why. */
const lastError = (log: string): string => {
  const lines = log.split('\n').filter((line) => line.trim() !== '' && !TURNED_AWAY.test(line));
  return (lines.findLast((line) => /FATAL|PANIC|error:/.test(line)) ?? lines.at(-1) ?? 'it said nothing').trim();
};

/** The log of the server that was started last. */
export const logPath = ({ notes }: PostgresHome): string => join(notes, 'server.log');

/** What the titles of a server's processes begin with. Such processes can outlive the server; their titles name no folder. */
const nameOf = (cluster: string): string =>
  `instagram-${createHash('sha256').update(cluster).digest('hex').slice(0, 12)}`;

/**
 * Starts the server on the loopback address, on `port` or else a free one, in a process group of its own: a Ctrl-C in
 * the terminal stops us first, and us alone. Resolves once it takes connections; it does not keep us from exiting.
 * @throws {Error} one line with the last line of its log; also if `signal` ended it before it was ready.
 */
export const launch = async (
  home: PostgresHome,
  { settings, port, signal }: { settings: Readonly<Record<string, string>>; port?: number; signal?: AbortSignal },
): Promise<RunningServer> => {
  const options = {
    port: String(port ?? (await freePort())),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '', // a socket in a shared folder would be one more way in
    cluster_name: nameOf(home.cluster),
    log_min_error_statement: 'panic', // statements carry captions
    log_error_verbosity: 'terse', // so do details
    ...settings,
  };
  const path = logPath(home);
  const log = await open(path, 'w', 0o600);
  const child = spawn(
    join(home.bin, 'postgres'),
    ['-D', home.cluster, ...Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    { ...home.account, env: ENVIRONMENT, cwd: '/', detached: true, stdio: ['ignore', log.fd, log.fd] },
  );
  const { pid } = child;
  const ended = Promise.withResolvers<string>();
  child.once('error', (error) => ended.resolve(error.message));
  child.once('exit', async () => ended.resolve(lastError(await readFile(path, 'utf8').catch(() => ''))));
  using _ = signal && pid !== undefined ? addAbortListener(signal, () => terminate(pid)) : null;
  await log.close();

  const server = await waitUntilReady(home.cluster, () => pid);
  if (server !== null) {
    child.unref(); // `terminate` ends it
    return server;
  }
  if (pid === undefined || !isRunning(pid)) throw new Error(`PostgreSQL did not start: ${await ended.promise}`);
  await terminate(pid);
  throw new Error(`PostgreSQL was not ready within ${START_TIMEOUT_MS / 1000} s; see ${path}`);
};

/** What `postmaster.pid` says; null if it is missing or incomplete. */
export const readPidFile = async (cluster: string): Promise<(RunningServer & { status: string }) | null> => {
  const text = await readIfPresent(join(cluster, 'postmaster.pid'));
  const [pid, , , port, , , , status = ''] = (text ?? '').split('\n').map((line) => line.trim());
  return Number(pid) > 0 ? { pid: Number(pid), port: Number(port), status } : null;
};

/**
 * Removes a `postmaster.pid` without a process id, as a power failure leaves one: PostgreSQL would refuse to start.
 * @throws {Error} one line, if it cannot be found out whether a server of this cluster runs (there is no `/proc`).
 */
export const removeEmptyPidFile = async (cluster: string): Promise<void> => {
  const path = join(cluster, 'postmaster.pid');
  const text = await readIfPresent(path);
  if (text === null || Number(text.split('\n', 1)[0]) > 0) return;
  const entries = await readdir('/proc').catch(() => null);
  if (entries === null) {
    throw new Error(`${path} names no process: delete it, if no PostgreSQL runs on ${cluster}, and start again`);
  }
  const pids = entries.map(Number).filter((pid) => pid > 0);
  const serve = await Promise.all(pids.map((pid) => servesCluster(pid, cluster)));
  const server = pids.find((_, index) => serve[index]);
  if (server !== undefined) {
    throw new Error(`${path} names no process, and process ${server} runs on it: stop that one, and start again`);
  }
  await endOrphans(cluster);
  await rm(path, { force: true });
};

/** Waits until the process that `pidOf` returns is ready, by `postmaster.pid`; null if it died or takes too long. */
export const waitUntilReady = async (
  cluster: string,
  pidOf: () => number | undefined,
): Promise<RunningServer | null> => {
  const giveUpAt = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < giveUpAt) {
    const pid = pidOf();
    if (pid === undefined || !isRunning(pid)) return null;
    const found = await readPidFile(cluster);
    if (found?.pid === pid && found.status === 'ready') return { pid, port: found.port };
    await delay(POLL_MS);
  }
  return null;
};

/** Whether that process is a PostgreSQL of this cluster, and not another one that got its id later. */
export const servesCluster = async (pid: number, cluster: string): Promise<boolean> => {
  if (!isRunning(pid)) return false;
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => null);
  // Without /proc, the id has to be enough: PostgreSQL itself refuses to start beside that process.
  return command === null ? process.platform !== 'linux' : command.split('\0').includes(cluster);
};

const ORDERLY = [
  ['SIGINT', 15_000],
  ['SIGQUIT', 5_000],
  ['SIGKILL', 5_000],
] as const;
const AT_ONCE = ORDERLY.slice(1);

/** Ends a server: orderly first, then faster, if that takes too long. No way loses data. */
export const terminate = async (
  pid: number,
  escalation: readonly (readonly [NodeJS.Signals, number])[] = ORDERLY,
): Promise<void> => {
  for (const [signal, patienceMs] of escalation) {
    try {
      process.kill(pid, signal);
    } catch {
      return; // it is gone
    }
    const giveUpAt = performance.now() + patienceMs;
    while (isRunning(pid) && performance.now() < giveUpAt) await delay(POLL_MS);
    if (!isRunning(pid)) return;
  }
};

/**
 * Ends processes that a dead server left at work: PostgreSQL does not start while one of them holds the old shared memory.
 * Idle ones notice by themselves that their server died, and end; busy ones do not. Without `/proc` nothing more can be done.
 */
export const endOrphans = async (cluster: string): Promise<void> => {
  const workers = await workersOf(cluster);
  const found = await readPidFile(cluster); // read after the workers: processes of a server that has started since are not orphans
  if (found !== null && (await servesCluster(found.pid, cluster))) return;
  // To an orphaned checkpointer SIGINT means the end of an orderly shutdown, and it would record one.
  await Promise.all(workers.map((pid) => terminate(pid, AT_ONCE)));
};

const workersOf = async (cluster: string): Promise<readonly number[]> => {
  const title = `postgres: ${nameOf(cluster)}:`;
  const entries = await readdir('/proc').catch(() => []);
  const pids = entries.map(Number).filter((pid) => pid > 0);
  const commands = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return pids.filter((_, index) => commands[index]?.startsWith(title));
};
