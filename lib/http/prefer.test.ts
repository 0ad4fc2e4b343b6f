import { expect, test } from '@jest/globals';
import { parsePrefer, preferenceApplied } from './prefer.ts';

test.each([
  ['wait=7', 7],
  ['WAIT=7', 7],
  ['wait="7"', 7],
  ['wait = 7 ; note=x', 7],
  ['return=minimal, wait=7', 7],
  ['note="a, wait=3", wait=7', 7],
  ['wait=7, wait=3', 7],
  ['wait=0', 0],
  ['wait=25', 25],
  ['wait=26', 25],
  ['wait=999999999', 25],
])('waits as long as asked, at most 25 s: %s', (header, wait) => {
  expect(parsePrefer(header).wait).toBe(wait);
});

test.each([
  [undefined],
  [''],
  ['wait'],
  ['wait='],
  ['wait=-1'],
  ['wait=1.5'],
  ['wait=soon'],
  ['wait=1e9'],
  ['wait=99999999999999999999'],
  ['respond-async=no'],
  [',,,;;;="""'],
  [`${'x'.repeat(5_000)}, wait=7`],
  ['"\\'.repeat(2_000)],
])('ignores what it cannot understand: %p', (header) => {
  expect(parsePrefer(header)).toEqual({ wait: 20, asked: { wait: false, respondAsync: false } });
});

test('respond-async means no wait, unless wait=N is given too', () => {
  expect(parsePrefer('respond-async').wait).toBe(0);
  expect(parsePrefer('respond-async, wait=10').wait).toBe(10);
});

test.each([
  ['wait=60', 200, 'wait=25'],
  ['respond-async', 202, 'respond-async'],
  ['respond-async', 200, undefined],
  ['respond-async, wait=10', 202, 'respond-async, wait=10'],
  ['respond-async, wait=10', 200, 'wait=10'],
  [undefined, 200, undefined],
])('says what was done of %p in an answer of %i', (header, status, applied) => {
  expect(preferenceApplied(parsePrefer(header), status)).toBe(applied);
});
