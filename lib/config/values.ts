import { z } from 'zod';

/** A URL of a certain kind; `what` ends the sentence "must be …". */
export const url = (protocol: RegExp, what: string) => z.url({ protocol, error: `must be ${what}` });

/** Without a slash at its end. */
export const httpUrl = () => url(/^https?$/, 'an http or https URL').transform((value) => value.replace(/\/+$/, ''));

export const port = (fallback: number) =>
  z.coerce.number({ error: 'must be a port number' }).int().min(0).max(65_535).default(fallback);

/** Names separated by commas. */
export const names = () =>
  z
    .string()
    .default('')
    .transform((list) =>
      list
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== ''),
    );

export const seconds = (fallback: number) =>
  z.coerce.number({ error: 'must be a number of seconds' }).positive().default(fallback);
