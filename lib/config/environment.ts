import { readFileSync } from 'node:fs';
import { parseEnv as parseEnvFile } from 'node:util';
import type { z } from 'zod';

/** An empty value counts as unset, as `docker-compose` and `.env` files leave one behind. */
export const withoutEmpty = (env: NodeJS.ProcessEnv = process.env) =>
  Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));

/** Parses the environment. The message says which variable must be what, and never repeats a value. */
export function parseEnv<Schema extends z.ZodObject>(schema: Schema, env?: NodeJS.ProcessEnv): z.output<Schema> {
  // Read once: without the code that zod would generate for it, which takes longer than interpreting.
  const result = schema.safeParse(withoutEmpty(env), { jitless: true });
  if (result.success) return result.data;
  throw new Error(
    `Invalid environment: ${result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')}`,
  );
}

/**
 * The process's environment, completed from a file of `NAME=value` lines where there is one: what is set and not empty in
 * the environment wins.
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

/** Text with or without a byte order mark, which some editors put before it and which would be part of the first name. */
const decode = (file: string, bytes: Buffer): string => {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!text.includes('\0')) return text;
  } catch {
    // said below
  }
  throw new Error(`${file} is not UTF-8 (some editors of Windows write UTF-16): save it as UTF-8, and start again`);
};

/**
 * Sets variables for whatever is imported from now on. Functions read theirs when they are imported: what the deployment
 * sets on each Lambda, the local platform sets so, in one go and before it imports any.
 */
export const setEnvironment = (values: NodeJS.ProcessEnv): void => {
  Object.assign(process.env, withoutEmpty(values));
};
