import { z } from 'zod';
import { splitNames } from '../names.ts';

/** A URL of some protocols; `what` ends the sentence "must be …". */
export const url = (protocol: RegExp, what: string) => z.url({ protocol, error: `must be ${what}` });

const ESCAPES = 'in its user and password write / ? # @ : % as %2F %3F %23 %40 %3A %25';

/**
 * Whether a URL means what its writer meant. A `/`, `?` or `#` in a password ends the host too early: the remainder of
 * the password would be taken for a host and a port, and printed.
 */
const isEscaped = (value: string): boolean => {
  const [, authority = '', path = '', query = '', hash = ''] =
    /^\w+:\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(value) ?? [];
  const isLost = [path, hash, query.split('=', 1)[0] ?? ''].some((part) => part.includes('@'));
  if (isLost) return false;
  try {
    decodeURIComponent(`${authority}${path}`);
    return true;
  } catch {
    return false; // a % that begins no escape
  }
};

/** `postgres://user:password@host:port/name`. */
export const databaseUrl = () =>
  url(/^postgres(ql)?$/, `a postgres:// URL; ${ESCAPES}`).refine(isEscaped, {
    error: `must be escaped: ${ESCAPES}`,
  });

/** Without a slash at its end. */
export const httpUrl = () => url(/^https?$/, 'an http or https URL').transform((value) => value.replace(/\/+$/, ''));

export const port = (fallback: number) =>
  z.coerce.number({ error: 'must be a port number' }).int().min(0).max(65_535).default(fallback);

/** Names separated by commas. */
export const names = () => z.string().default('').transform(splitNames);

export const seconds = (fallback: number) =>
  z.coerce.number({ error: 'must be a number of seconds' }).positive().default(fallback);
