import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseInt8, parseTimestamptz } from './type-parsers.ts';

describe('a timestamptz', () => {
  test.each([
    ['2026-01-02 03:04:05+00', '2026-01-02T03:04:05Z'],
    ['2026-01-02 03:04:05.1+00', '2026-01-02T03:04:05.1Z'],
    ['2026-01-02 03:04:05.123456+00', '2026-01-02T03:04:05.123456Z'],
    ['0001-01-01 00:00:00+00', '0001-01-01T00:00:00Z'],
    ['2026-01-02 03:04:05+02', '2026-01-02T01:04:05Z'],
    ['2026-01-02 03:04:05.000001-03:30', '2026-01-02T06:34:05.000001Z'],
  ])('the timestamptz %s is %s', (text, expected) => {
    expect(parseTimestamptz(text)).toBe(expected);
  });

  test.each(['infinity', '-infinity', '0044-03-15 12:00:00+00 BC', '10000-01-01 00:00:00+00', ''])(
    'the timestamptz %s is refused',
    (text) => {
      expect(() => parseTimestamptz(text)).toThrow(RangeError);
    },
  );

  test('a timestamptz is the same moment, whatever the time zone of the session', () => {
    const whole = fc.date({ min: new Date('1900-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(whole, fc.integer({ min: -12, max: 14 }), (date, hours) => {
        date.setUTCMilliseconds(0);
        const local = new Date(date.getTime() + hours * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
        const offset = `${hours < 0 ? '-' : '+'}${String(Math.abs(hours)).padStart(2, '0')}`;
        expect(parseTimestamptz(`${local}${offset}`)).toBe(date.toISOString().replace('.000Z', 'Z'));
      }),
    );
  });
});

test('a bigint is a number up to 2^53, and refused beyond', () => {
  expect(parseInt8('9007199254740991')).toBe(Number.MAX_SAFE_INTEGER);
  expect(parseInt8('-9007199254740991')).toBe(Number.MIN_SAFE_INTEGER);
  expect(() => parseInt8('9007199254740992')).toThrow(RangeError);
});
