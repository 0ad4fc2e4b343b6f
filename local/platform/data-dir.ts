import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, open, rm, stat, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { errorCode } from './error-code.ts';
import { claim, claimant, withFileLock } from './process-lock.ts';

const KEY_BYTES = 32;
const LOCK_TIMEOUT_MS = 10_000;

/**
 * Makes the folder of the local state if it is missing, and closes it to other users. If root runs it, others may still pass
 * through it, because PostgreSQL runs inside it as another user.
 * @throws {Error} one line, when it cannot be written.
 */
export const openDataDir = async (dataDir: string): Promise<string> => {
  const path = resolve(dataDir);
  const uid = process.getuid?.();
  try {
    await makeFolder(path, 0o700);
    const found = await stat(path);
    if (uid === found.uid) await chmod(path, uid === 0 ? 0o711 : 0o700);
    const probe = join(path, `.probe-${randomBytes(6).toString('hex')}`);
    await (await open(probe, 'wx', 0o600)).close();
    await unlink(probe);
    return path;
  } catch (cause) {
    throw new Error(`DATA_DIR: ${path} cannot be written (${errorCode(cause)}); set another`, { cause });
  }
};

/** Makes a folder and its parents. Node's own `recursive` never ends if a folder is refused with ENOENT, as in `/proc`. */
export const makeFolder = async (path: string, mode: number): Promise<void> => {
  const make = async (): Promise<void> => {
    try {
      await mkdir(path, { mode });
    } catch (error) {
      if (errorCode(error) !== 'EEXIST' || !(await stat(path)).isDirectory()) throw error;
    }
  };
  try {
    await make();
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' || dirname(path) === path) throw error;
    await makeFolder(dirname(path), mode);
    await make();
  }
};

/** @throws {Error} one line, if the file holds no key. */
export const checkTokenKey = async (path: string, variable: 'DATA_DIR' | 'TOKEN_KEY_FILE'): Promise<void> => {
  const size = await stat(path).then(
    (found) => found.size,
    (cause: unknown) => {
      throw new Error(`${variable}: ${path} cannot be read (${errorCode(cause)})`, { cause });
    },
  );
  if (size === KEY_BYTES) return;
  const remedy =
    variable === 'DATA_DIR'
      ? 'bring it back from a copy, or delete it: a new one is made, and the account is connected anew with its token'
      : 'name the file that the stored tokens were encrypted with';
  throw new Error(`${variable}: ${path} is no key: it has ${size} bytes in place of ${KEY_BYTES}; ${remedy}`);
};

/**
 * The key that tokens are encrypted with: made once, whole or not at all; only its owner can read it.
 * @throws {Error} one line, when it is damaged.
 */
export const ensureTokenKey = async (dataDir: string): Promise<string> => {
  const path = join(dataDir, 'token.key');
  const found = await stat(path).catch(() => null);
  if (found !== null) {
    await checkTokenKey(path, 'DATA_DIR');
    return path;
  }
  const own = `${path}.${randomBytes(6).toString('hex')}`;
  const file = await open(own, 'wx', 0o600);
  try {
    await file.writeFile(randomBytes(KEY_BYTES));
    await file.sync();
    await link(own, path);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error; // another start was first: its key is used
  } finally {
    await file.close();
    await unlink(own);
  }
  return path;
};

/**
 * Where the embedded PostgreSQL keeps its data. Simulated and real accounts never mix: each has a cluster of its own.
 */
export const postgresDir = (dataDir: string, { simulated }: { simulated: boolean }): string =>
  simulated ? join(dataDir, 'simulated') : dataDir;

/** Where uploads are kept, unless `AWS_ENDPOINT_URL_S3` or `UPLOAD_BUCKET` is set. */
export const uploadsDir = (dataDir: string, { simulated }: { simulated: boolean }): string =>
  join(postgresDir(dataDir, { simulated }), 'uploads');

/**
 * Claims a folder for this process. Returns a function that releases it; a crash releases it, too.
 * @throws {Error} one line, if another running process has claimed it.
 */
export const claimDir = async (dir: string): Promise<() => Promise<void>> => {
  await mkdir(dir, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
  const path = join(dir, 'running');
  await withFileLock(join(dir, 'running.lock'), LOCK_TIMEOUT_MS, async () => {
    const holder = await claimant(path);
    if (holder !== null) {
      throw new Error(`DATA_DIR: ${dir} is in use by process ${holder}; stop that one, or set another`);
    }
    await claim(path);
  });
  return () => rm(path, { force: true });
};
