import { types } from 'pg';

type Parse = (text: string) => unknown;

/** Object ids of built-in types, the same in every PostgreSQL. */
const INT8 = 20;
const TEXT_ARRAY: number = 1009;
const INT8_ARRAY = 1016;
const DATE = 1082;
const TIMESTAMP = 1114;
const TIMESTAMPTZ = 1184;
const TIMESTAMPTZ_ARRAY = 1185;

/**
 * A bigint as a JSON number.
 * @throws {RangeError} beyond 2^53, where a number would silently become another id.
 */
export const parseInt8 = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError('a bigint beyond 2^53 does not fit a JSON number');
  return value;
};

const ISO = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d+)?([+-]\d\d(?::\d\d)?(?::\d\d)?)$/;

/**
 * A timestamptz as ISO 8601 in UTC with `Z`, its fraction of a second exactly as PostgreSQL gave it: `2026-01-02
 * 03:04:05.12+00` becomes `2026-01-02T03:04:05.12Z`. Never by a `Date`, which would cut microseconds off.
 * @throws {RangeError} on infinity, years beyond four digits and BC, none of which we store.
 */
export const parseTimestamptz = (text: string): string => {
  // The fast path of nearly all values: sessions are in UTC.
  if (text.endsWith('+00') && text[4] === '-' && text[10] === ' ') return `${text.slice(0, 10)}T${text.slice(11, -3)}Z`;
  const [, date, time, fraction = '', offset] = ISO.exec(text) ?? [];
  if (offset === undefined) throw new RangeError('a timestamp that ISO 8601 with four digits for the year cannot say');
  const zone = offset.length === 3 ? `${offset}:00` : offset;
  return new Date(`${date}T${time}${zone}`).toISOString().replace(/\.000Z$/, `${fraction}Z`);
};

const arrayOf = (parse: Parse): Parse => {
  const toTexts: (text: string) => (string | null)[] = types.getTypeParser(TEXT_ARRAY, 'text');
  return (text) => toTexts(text).map((item) => (item === null ? null : parse(item)));
};

const PARSERS = new Map<number, Parse>([
  [INT8, parseInt8],
  [INT8_ARRAY, arrayOf(parseInt8)],
  [TIMESTAMPTZ, parseTimestamptz],
  [TIMESTAMPTZ_ARRAY, arrayOf(parseTimestamptz)],
  // `pg` would read these in the time zone of the process.
  [DATE, String],
  [TIMESTAMP, String],
]);

/** How columns become JavaScript values, by type: as our JSON answers need them, else as `pg` does it. */
export const getTypeParser = (oid: number): Parse => PARSERS.get(oid) ?? types.getTypeParser(oid, 'text');
