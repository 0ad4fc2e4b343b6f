import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, readFile, unlink, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { errorCode } from './error-code.ts';

/** A process, told apart from a later one that was given the same id. */
const processSchema = z.object({ pid: z.int().positive(), started: z.string() });
type ProcessIdentity = z.output<typeof processSchema>;

const POLL_MS = 50;

/**
 * Whether a process of this id runs: one that we may not signal does, one that only waits to be buried does not. No process
 * has the id 0: to signal that is to signal our own group, which always runs.
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

/** The kernel's facts about a process, from its state on; none where there is no `/proc`. */
const statOf = (pid: number): readonly string[] => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
};

/** The contents of a small file, or null where there is none. */
export const readIfPresent = async (path: string): Promise<string | null> => {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
};

/** Its start in the kernel's ticks is empty where there is no `/proc`: the id alone must do there. */
const identify = (pid: number): ProcessIdentity => ({ pid, started: statOf(pid)[19] ?? '' });

/** Leaves word in `path` that this process holds whatever the file stands for. */
export const claim = (path: string): Promise<void> =>
  writeFile(path, JSON.stringify(identify(process.pid)), { mode: 0o600 });

/** The id of the live process that claimed `path`; null when nobody did, or it has died since. */
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
 * Runs `work` while no other process (nor another call in this one) does under the same lock file. A lock left behind
 * by a dead process is taken over.
 * @throws {Error} one line, when it is still held after `timeoutMs`.
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

/** Makes the lock file, with its contents from the first moment on; false where there is one. */
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
