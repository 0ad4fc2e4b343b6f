import type { z } from 'zod';
import { readEnvelope } from './envelope.ts';
import { answeredError, exchangeError } from './errors.ts';
import { isBare } from './listing.ts';
import { excerptOf } from './redact.ts';
import { readUsage } from './usage.ts';

const MAX_RETRY_AFTER_SECONDS = 24 * 3_600;
const MAX_NAMED_PATHS = 3;

/**
 * Reads the value out of a complete answer.
 * @throws {InstagramError} when the answer is an error, is unreadable, or has another shape than `schema`.
 */
export const readAnswer = <Value>(
  text: string,
  { status, ok, headers }: Pick<Response, 'status' | 'ok' | 'headers'>,
  { schema, secrets, ...about }: { schema: z.ZodType<Value>; secrets: readonly string[]; call: string; write: boolean },
): Value => {
  const facts = {
    ...about,
    httpStatus: status,
    retryAfterSeconds: readRetryAfter(headers.get('retry-after')),
    regainSeconds: (readUsage(headers)?.regainMinutes ?? 0) * 60,
  };
  if (status >= 300 && status < 400) throw exchangeError({ ...facts, failure: 'redirect' });
  const json = parseJson(text);
  if (json === undefined && status !== 429) throw exchangeError({ ...facts, ...unreadable(text, secrets) });
  const envelope = readEnvelope(json, secrets);
  if (envelope !== null) throw answeredError({ ...facts, ...envelope });
  if (!ok) throw answeredError({ ...facts, details: NO_REASON, userMessage: null, isTransient: false });
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  // only the paths: a message could repeat the value
  const paths = parsed.error.issues.slice(0, MAX_NAMED_PATHS).map(({ path }) => path.join('.') || 'the whole');
  const failure = !about.write && isBare(json) ? 'fields_withheld' : 'malformed';
  throw exchangeError({ ...facts, failure, note: paths.join(', ') });
};

const NO_REASON = { code: null, error_subcode: null, message: 'Instagram gave no reason', fbtrace_id: null };

/** Keeps the beginning of an HTML page or the like. Of truncated JSON it keeps nothing: that would be content, as captions. */
const unreadable = (text: string, secrets: readonly string[]) => {
  const start = text.trimStart();
  if (start === '') return { failure: 'unreadable', note: 'empty' } as const;
  if (/^[{["]/.test(start)) return { failure: 'unreadable', note: 'broken-off JSON' } as const;
  return { failure: 'unreadable', note: 'not JSON', excerpt: excerptOf(start, secrets) } as const;
};

/** `undefined` for what is no JSON. Integers beyond 2^53 become strings with all their digits: some ids come as numbers. */
const parseJson = (text: string): unknown => {
  try {
    return /:\s*-?\d{16}/.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text);
  } catch {
    return undefined; // the parser's message is dropped, because it repeats the text
  }
};

const keepDigits = (_key: string, value: unknown, context?: { source?: string }) =>
  typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? '')
    ? context?.source
    : value;

/** Seconds of a `Retry-After` header, given as a number or as a date. */
const readRetryAfter = (header: string | null): number | null => {
  if (header === null) return null;
  const seconds = /^\d{1,9}$/.test(header.trim())
    ? Number(header)
    : Math.ceil((Date.parse(header) - Date.now()) / 1_000);
  return seconds > 0 ? Math.min(seconds, MAX_RETRY_AFTER_SECONDS) : null;
};
