import { expect, test } from '@jest/globals';
import { sourceLines } from '../testing/source-lines.ts';

/** A comparison of what `decide` decides by: how often an intent was sent or read back, and how old it is. */
const IN_CODE = /(\.attempt|\b(absent_reads|background_reads|first_attempt_age_ms))\b\s*(\)|\+ 1)?\s*([<>]=?|[!=]==)/;
/** SQL guards may compare, but by the numbers of `decide`; that nothing was sent yet (0) is no number to choose. */
const IN_SQL = /\b(attempt|absent_reads|background_reads)\b\s*([<>]=?|=)\s*[1-9]/;

const IS_LOOP = /\bfor \(/;

const isDecision = (line: string) =>
  (IN_CODE.test(line) && !line.includes('${')) || (IN_SQL.test(line) && !IS_LOOP.test(line));

test.each([
  'const done = intent.attempt >= MAX_SENDS;',
  'after.absent_reads > before.absent_reads',
  'if (background_reads + 1 >= 3)',
  'first_attempt_age_ms >= DAY_MS',
  'WHERE attempt < 2',
])('a decision is recognized: %s', (line) => {
  expect(isDecision(line)).toBe(true);
});

// biome-ignore lint/suspicious/noTemplateCurlyInString: it is a line of code
test.each(['attempt = attempt + 1', 'absent_reads = 0', 'AND attempt < ${MAX_SENDS}', 'attempt: 1,'])(
  'no decision: %s',
  (line) => {
    expect(isDecision(line)).toBe(false);
  },
);

test('what may be done about an intent is decided in one file', () => {
  const decisions = sourceLines('lib', 'functions').filter(
    ({ file, line }) => file !== 'lib/intents/decide.ts' && isDecision(line),
  );
  expect(decisions).toEqual([]);
});
