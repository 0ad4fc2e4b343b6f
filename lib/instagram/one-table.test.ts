import { expect, test } from '@jest/globals';
import { sourceLines } from '../testing/source-lines.ts';
import { ERROR_ROWS } from './error-table.ts';

/** The table itself, and where a code is one of HTTP's. */
const ELSEWHERE = /^lib\/(instagram\/error-table\.ts|http\/|openapi\/)/;
const IS_COMMENT = /^\s*(\/\/|\*|\/\*)/;
/** Files that still name a code of Meta's. Take a name out once its file asks by meaning; add none. */
const REMAINING = [
  'lib/media-files/refusal.ts', // our own refusals, told under the codes that Instagram would give
];

/** Smaller numbers stand for too much else. */
const SMALLEST_TELLING = 1_000;
const RANGES = ERROR_ROWS.flatMap(({ code, subcode }) => [code, subcode])
  .filter((one) => one !== undefined)
  .map((one) => (typeof one === 'number' ? ([one, one] as const) : one))
  .filter(([first]) => first >= SMALLEST_TELLING);
const isMetas = (number: number) => RANGES.some(([first, last]) => number >= first && number <= last);

const namesCode = (line: string): boolean =>
  /\b(code|subcode|error_subcode)\b[^\w=]{0,3}[!=]==\s*-?(?!0x)\d/.test(line) ||
  [...line.matchAll(/(?<![\w.'])\d[\d_]*(?![\w.'])/g)].some(([literal]) =>
    isMetas(Number(literal.replaceAll('_', ''))),
  );

test.each([
  'if (error.code === 100) return;',
  'const isBlock = instagram?.code !== 4;',
  'error_subcode === 33 &&',
  'const NOT_READY = 9_007;',
  'const NOT_FETCHED = [2_207_003, 2207052];',
])('a code is recognized: %s', (line) => {
  expect(namesCode(line)).toBe(true);
});

test('Meta’s codes stand in the error table alone; others ask by meaning', () => {
  const naming = sourceLines('lib', 'functions')
    .filter(({ file, line }) => !ELSEWHERE.test(file) && !IS_COMMENT.test(line) && namesCode(line))
    .map(({ file }) => file);
  expect([...new Set(naming)]).toEqual(REMAINING);
});
