import { describe, expect, test } from '@jest/globals';
import { classify } from './classify.ts';
import { ERROR_ROWS, type ErrorRow, EXCHANGE_ROWS, UNKNOWN_ERROR } from './error-table.ts';

const look = (code: number | null, subcode: number | null = null, message = '', httpStatus: number | null = 400) =>
  classify({ code, subcode, message, httpStatus, isTransient: false });

type Expected = [
  code: number,
  subcode: number | null,
  kind: ErrorRow['kind'],
  effect: ErrorRow['writeEffect'],
  message?: string,
];

/** Meta's documented codes, row by row. */
const GENERAL: Expected[] = [
  [-1, null, 'transient', 'maybe'],
  [-2, null, 'transient', 'maybe'],
  [1, null, 'transient', 'maybe'],
  [1, null, 'transient', 'maybe', "Please reduce the amount of data you're asking for, then retry your request"],
  [2, null, 'transient', 'maybe'],
  [3, null, 'permission', 'none_final'],
  [4, null, 'throttled', 'maybe'],
  [4, 2207051, 'blocked', 'maybe'],
  [9, 2207042, 'blocked', 'none_retryable'],
  [10, null, 'permission', 'none_final'],
  [10, null, 'rejected', 'none_final', '(#10) Not enough viewers for the media to show insights'],
  [12, null, 'rejected', 'none_final'],
  [17, null, 'throttled', 'maybe'],
  [17, 2446079, 'throttled', 'maybe'],
  [20, 1772107, 'rejected', 'maybe'],
  [24, null, 'rejected', 'maybe'],
  [25, 2207050, 'permission', 'none_final'],
  [32, null, 'throttled', 'maybe'],
  [100, null, 'rejected', 'none_final'],
  [100, 33, 'missing', 'maybe'],
  [100, 2108006, 'rejected', 'none_final'],
  [102, null, 'token', 'none_retryable'],
  [104, null, 'rejected', 'none_retryable'],
  [110, null, 'rejected', 'none_final'],
  [190, null, 'token', 'none_retryable'],
  [190, 458, 'token', 'none_retryable'],
  [190, 459, 'token', 'none_retryable'],
  [190, 464, 'token', 'none_retryable'],
  [190, 460, 'token', 'none_retryable'],
  [190, 463, 'token', 'none_retryable'],
  [190, 467, 'token', 'none_retryable'],
  [190, 492, 'token', 'none_retryable'],
  [200, null, 'permission', 'none_final'],
  [250, null, 'permission', 'none_final'],
  [299, null, 'permission', 'none_final'],
  [230, null, 'permission', 'none_final'],
  [341, null, 'throttled', 'maybe'],
  [352, 2207026, 'rejected', 'none_final'],
  [368, null, 'blocked', 'none_final'],
  [506, null, 'rejected', 'maybe'],
  [613, null, 'throttled', 'maybe'],
  [613, 1996, 'throttled', 'maybe'],
  [803, null, 'rejected', 'none_final'],
  [9004, null, 'rejected', 'none_final'],
  [9005, null, 'rejected', 'maybe'],
  [9007, null, 'transient', 'none_retryable'],
  [36000, null, 'rejected', 'none_final'],
  [36001, null, 'rejected', 'none_final'],
  [36002, null, 'rejected', 'none_final'],
  [36003, null, 'rejected', 'none_final'],
  [36004, null, 'rejected', 'none_final'],
  [10, 2018001, 'rejected', 'maybe'],
  [10, 2018028, 'rejected', 'maybe'],
  [80000, null, 'throttled', 'maybe'],
  [80001, null, 'throttled', 'maybe'],
  [80002, null, 'throttled', 'maybe'],
  [80006, null, 'throttled', 'maybe'],
  [80014, null, 'throttled', 'maybe'],
  [1609005, null, 'rejected', 'none_final'],
  [2500, null, 'rejected', 'none_final'],
];

/** Codes of publishing: those that Meta documents, and those that were only seen. */
const PUBLISHING: Expected[] = [
  [-2, 2207003, 'transient', 'maybe'],
  [-2, 2207020, 'rejected', 'maybe'],
  [-1, 2207001, 'transient', 'maybe'],
  [-1, 2207032, 'transient', 'maybe'],
  [-1, 2207053, 'rejected', 'maybe'],
  [-1, 2207073, 'rejected', 'none_final'],
  [1, 2207057, 'rejected', 'none_final'],
  [4, 2207051, 'blocked', 'maybe'],
  [9, 2207042, 'blocked', 'none_retryable'],
  [9004, 2207052, 'rejected', 'none_final'],
  [9007, 2207027, 'transient', 'none_retryable'],
  [24, 2207006, 'rejected', 'maybe'],
  [24, 2207008, 'rejected', 'maybe'],
  [25, 2207050, 'permission', 'none_final'],
  [100, 2207023, 'rejected', 'none_final'],
  [100, 2207028, 'rejected', 'none_final'],
  [100, 2207035, 'rejected', 'none_final'],
  [100, 2207036, 'rejected', 'none_final'],
  [100, 2207037, 'rejected', 'none_final'],
  [100, 2207040, 'rejected', 'none_final'],
  [352, 2207026, 'rejected', 'none_final'],
  [36000, 2207004, 'rejected', 'none_final'],
  [36001, 2207005, 'rejected', 'none_final'],
  [36003, 2207009, 'rejected', 'none_final'],
  [36004, 2207010, 'rejected', 'none_final'],
  [-1, 2207076, 'rejected', 'maybe'],
  [-1, 2207077, 'rejected', 'maybe'],
  [-1, 2207081, 'rejected', 'none_final'],
  [-1, 2207082, 'rejected', 'maybe'],
  [-1, 2207085, 'rejected', 'maybe'],
  [-1, 2207067, 'rejected', 'maybe'],
  [-1, 2207013, 'rejected', 'maybe'],
];

describe.each([
  ['general', GENERAL],
  ['publishing', PUBLISHING],
])('%s errors', (_name, rows) => {
  test.each(rows)('%p/%p is %s and did %s', (code, subcode, kind, writeEffect, message = '') => {
    const row = look(code, subcode, message);
    expect(row).not.toBe(UNKNOWN_ERROR);
    expect(row).toMatchObject({ kind, writeEffect });
  });
});

test('the rows that say a write was certainly refused are exactly these', () => {
  const final = ERROR_ROWS.filter((row) => row.writeEffect === 'none_final').map(
    ({ code, subcode, says }) => `${code ?? '*'}/${subcode ?? '-'}${says === undefined ? '' : ` ${says.source}`}`,
  );
  expect(final.sort()).toEqual(
    [
      '-1/2207073',
      '1/2207057',
      '3/-',
      '10/-',
      '10/- not enough viewers',
      '12/-',
      '25/-',
      '25/2207050',
      '100/-',
      '100/2108006',
      '100/2207023',
      '100/2207028',
      '100/2207035',
      '100/2207036',
      '100/2207037',
      '100/2207040',
      '110/-',
      '200,299/-',
      '230/-',
      '352/-',
      '352/2207026',
      '368/-',
      '803/-',
      '2500/-',
      '9004/-',
      '9004/2207052',
      '36000,36004/-',
      '36000/-',
      '36000/2207004',
      '36001/-',
      '36001/2207005',
      '36003/-',
      '36003/2207009',
      '36004/-',
      '36004/2207010',
      '1609005/-',
      '*/2207081',
    ].sort(),
  );
});

test('after an error that no row knows a write may have been done, and is not repeated', () => {
  for (const row of [look(4711), look(20), look(null), look(null, null, '', null)])
    expect(row).toMatchObject({ kind: 'rejected', retry: 'never', writeEffect: 'maybe' });
});

test("a subcode of Instagram's own decides under every code, also one that we do not know", () => {
  expect(look(100, 2207051)).toMatchObject({ kind: 'blocked', writeEffect: 'maybe' });
  expect(look(null, 2207026).words).toBe(look(352, 2207026).words);
  expect(look(4, 2207999)).toMatchObject({ kind: 'rejected', retry: 'new_container', writeEffect: 'maybe' });
});

test('a subcode that means something under one code only does not under another', () => {
  expect(look(10, 33).kind).toBe('permission');
  expect(look(100, 463)).toMatchObject({ kind: 'rejected' });
});

test.each([
  [429, 'throttled', 'maybe'],
  [408, 'transient', 'maybe'],
  [500, 'transient', 'maybe'],
  [503, 'transient', 'maybe'],
  [404, 'rejected', 'maybe'],
])('HTTP %p alone is %s', (status, kind, writeEffect) =>
  expect(look(4711, null, '', status)).toMatchObject({ kind, writeEffect }),
);

test('a refusal with a server error is not certain', () => {
  expect(look(100, null, '', 400).writeEffect).toBe('none_final');
  expect(look(100, null, '', 500).writeEffect).toBe('maybe');
  expect(look(4, null, '', 503)).toMatchObject({ kind: 'throttled', writeEffect: 'maybe' });
});

test('`is_transient` makes a refusal worth another read, but revives no token and lifts no limit', () => {
  const transient = (code: number, subcode: number | null = null) =>
    classify({ code, subcode, message: '', httpStatus: 400, isTransient: true });
  for (const row of [transient(100), transient(10), transient(100, 33), transient(4711)])
    expect(row).toMatchObject({ kind: 'transient', retry: 'soon', writeEffect: 'maybe' });
  expect(look(100).means).toBe('parameter_refused');
  expect(transient(100).means).toBeUndefined(); // a call that may succeed as it is refuses no parameter
  expect(transient(20, 1772107).means).toBe('published_anyway');
  expect(transient(190).kind).toBe('token');
  expect(transient(80002).kind).toBe('throttled');
  expect(transient(368).kind).toBe('blocked');
});

test('every row has words for people, without codes and names of the API', () => {
  for (const { words } of [...ERROR_ROWS, ...Object.values(EXCHANGE_ROWS), UNKNOWN_ERROR])
    expect(words).toMatch(/^[A-Z][^_#]{10,130}[^.]$/);
});
