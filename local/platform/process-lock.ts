import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, readFile, unlink, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { errorCode } from './error-code.ts';

/** A process; the start time tells it from a later process with the same id. */
const processSchema = z.object({ pid: z.int().positive(), started: z.string() });
type ProcessIdentity = z.output<typeof processSchema>;

const POLL_MS = 50;

/**
 * Whether a process with this id runs. One that we may not signal runs; a zombie does not. No process has the id 0: a signal
 * to it goes to our own group, which always runs.
 */
export const isRunning = (pid: number): boolean => {
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
  return statOf(pid)[0] !== 'Z';
};

/** The kernel's facts about a process, from its state on; none if there is no `/proc`. */
const statOf = (pid: number): readonly string[] => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
};

/** The content of a small file; null if there is none. */
export const readIfPresent = async (path: string): Promise<string | null> => {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
};

/** The process's start, in the kernel's ticks. Empty if there is no `/proc`: then the id has to be enough. */
const identify = (pid: number): ProcessIdentity => ({ pid, started: statOf(pid)[19] ?? '' });

/** Writes into `path` that this process holds what the file stands for. */
export const claim = (path: string): Promise<void> =>
  writeFile(path, JSON.stringify(identify(process.pid)), { mode: 0o600 });

/** The id of the living process that claimed `path`; null if there is none. */
export const claimant = async (path: string): Promise<number | null> => {
  const text = await readIfPresent(path);
  const parsed = processSchema.safeParse(text === null ? null : tryJson(text));
  if (!parsed.success) return null;
  const { pid, started } = parsed.data;
  return isRunning(pid) && identify(pid).started === started ? pid : null;
};

const tryJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null; // half-written: its writer died
  }
};

/**
 * Runs `work` while no other process, and no other call in this process, runs under the same lock file. A lock that a dead
 * process left behind is taken over.
 * @throws {Error} one line, if it is still held after `timeoutMs`.
 */
export const withFileLock = async <Result>(
  path: string,
  timeoutMs: number,
  work: () => Promise<Result>,
): Promise<Result> => {
  const giveUpAt = performance.now() + timeoutMs;
  while (!(await take(path))) {
    const holder = await claimant(path);
    if (holder === null)
      await unlink(path).catch(() => undefined); // its holder is dead, or has just let go
    else if (performance.now() > giveUpAt) throw new Error(`process ${holder} holds ${path}; stop it and try again`);
    else await delay(POLL_MS);
  }
  try {
    return await work();
  } finally {
    await unlink(path).catch(() => undefined); // already gone: nothing left to release
  }
};

/** Makes the lock file, complete from the first moment on; false if there is one already. */
const take = async (path: string): Promise<boolean> => {
  const own = `${path}.${randomUUID()}`;
  await claim(own);
  try {
    await link(own, path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(own);
  }
};
