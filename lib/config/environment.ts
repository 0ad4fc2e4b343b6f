import { readFileSync } from 'node:fs';
import { parseEnv as parseEnvFile } from 'node:util';
import type { z } from 'zod';

/**
 * The environment without empty values: `docker-compose` and `.env` files leave one behind for a variable that is not
 * set.
 */
export const withoutEmpty = (env: NodeJS.ProcessEnv = process.env) =>
  Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));

/** Parses the environment. The message says which variable must be what, and never repeats a value. */
export function parseEnv<Schema extends z.ZodObject>(schema: Schema, env?: NodeJS.ProcessEnv): z.output<Schema> {
  // Parsed once: for that, zod interprets faster than it generates code.
  const result = schema.safeParse(withoutEmpty(env), { jitless: true });
  if (result.success) return result.data;
  throw new Error(
    `Invalid environment: ${result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')}`,
  );
}

/**
 * The process's environment, completed from a file of `NAME=value` lines, if there is one. Values of the environment
 * win, unless they are empty.
 * @throws {Error} one line, when the file is there and cannot be read.
 */
export const readEnvironment = (file: string): NodeJS.ProcessEnv => {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return withoutEmpty();
    throw new Error(`${file} cannot be read (${code})`, { cause });
  }
  return { ...parseEnvFile(decode(file, bytes)), ...withoutEmpty() };
};

/**
 * UTF-8 text, with or without a byte order mark: some editors write one, and it would become part of the first name.
 */
const decode = (file: string, bytes: Buffer): string => {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!text.includes('\0')) return text;
  } catch {
    // reported below
  }
  throw new Error(`${file} is not UTF-8 (some editors of Windows write UTF-16): save it as UTF-8, and start again`);
};

/**
 * Sets variables for all modules that are imported from now on: functions read theirs when they are imported. The
 * deployment sets them on each Lambda; the local platform sets all here, before it imports any function.
 */
export const setEnvironment = (values: NodeJS.ProcessEnv): void => {
  Object.assign(process.env, withoutEmpty(values));
};
