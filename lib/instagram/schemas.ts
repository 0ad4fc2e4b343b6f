import { z } from 'zod';
import { toStorableText } from './text.ts';
import { toUtcTimestamp } from './timestamp.ts';

// How values from Meta are read, with tolerance. An optional value of an unknown shape becomes what it most likely means, or
// `null`; an absent key and an empty text become `null` too. Only a value that we cannot do without fails: an id, a time.

type Members = Readonly<Record<string, unknown>>;

export const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads any value, also an absent one; never fails. */
const reading = <Value>(read: (value: unknown) => Value) => z.unknown().optional().transform(read);

/** Fails where `read` gives null. */
const required = <Value>(read: (value: unknown) => Value | null, message: string) =>
  z
    .unknown()
    .optional()
    .transform((value, context) => {
      const result = read(value);
      if (result !== null) return result;
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    });

/** A number becomes its text. Numbers beyond 2^53 are text already (`answer.ts`). */
export const toGraphId = (value: unknown): string | null => {
  const text = Number.isSafeInteger(value) ? String(value) : value;
  return typeof text === 'string' && /^[A-Za-z0-9_-]{1,100}$/.test(text) ? text : null;
};

const toText = (value: unknown): string | null => {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' ? toStorableText(text) || null : null;
};

const toCount = (value: unknown): number | null => {
  const count = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return Number.isSafeInteger(count) && Number(count) >= 0 ? Number(count) : null;
};

const FLAGS = new Map<unknown, boolean>([
  [true, true],
  ['true', true],
  [1, true],
  ['1', true],
  [false, false],
  ['false', false],
  [0, false],
  ['0', false],
]);

/** An object's id: text, as Instagram's ids exceed 2^53; safe in a path. */
export const graphIdSchema = required(toGraphId, 'is no id');
/** The same, `null` when it is missing. */
export const optionalIdSchema = reading(toGraphId);

/** A text as Postgres can store it. */
export const textSchema = reading(toText);
/** The same; fails when it is missing or empty. */
export const requiredTextSchema = required(toText, 'is no text');

/** A whole number, not negative. */
export const countSchema = reading(toCount);
/** The same where it must be known. */
export const requiredCountSchema = required(toCount, 'is no count');

export const flagSchema = reading((value) => FLAGS.get(value) ?? null);

/** ISO 8601 in UTC with `Z`, whole seconds. */
export const graphTimestampSchema = required(
  (value) => (typeof value === 'string' ? toUtcTimestamp(value) : null),
  'is no timestamp',
);

export const textsSchema = reading((value) =>
  (Array.isArray(value) ? value : []).map(toText).filter((text) => text !== null),
);

/** A part that is used only when all of it is readable; `null` otherwise. */
export const orAbsent = <Schema extends z.ZodType>(schema: Schema) =>
  schema
    .nullish()
    .catch(null)
    .transform((value) => value ?? null);

/** Rows of a list that can be read; what is no list has none. Where a lost row must be noticed, `graphPageOf` tells. */
export const rowsOf = <Item>(row: z.ZodType<Item>) =>
  reading((value) =>
    (Array.isArray(value) ? value : []).flatMap((one) => {
      const { success, data } = row.safeParse(one);
      return success ? [data] : [];
    }),
  );
