import { expect, test } from '@jest/globals';
import { readUsage } from './usage.ts';

const business = (value: unknown) => ({ 'x-business-use-case-usage': JSON.stringify(value) });
const app = (value: unknown) => ({ 'x-app-usage': JSON.stringify(value) });

test.each<[string, Record<string, string>, ReturnType<typeof readUsage>]>([
  ['no headers', {}, null],
  ['the documented app usage', app({ call_count: 28, total_time: 25, total_cputime: 25 }), usage(28, 0)],
  ['other names for it', app({ call_volume: 3, cpu_time: 11.2 }), usage(12, 0)],
  ['zeroes', app({ call_volume: 0, cpu_time: 0 }), usage(0, 0)],
  [
    'the greatest of several entries and headers',
    {
      ...app({ call_count: 40 }),
      ...business({
        1: [{ type: 'instagram', call_count: 97, total_time: 2, estimated_time_to_regain_access: 7 }],
        2: [{ type: 'pages', call_count: 1, estimated_time_to_regain_access: 42 }, { call_count: 3 }],
      }),
    },
    usage(97, 42),
  ],
  [
    'regain time is no percentage',
    business({ 1: [{ call_count: 1, estimated_time_to_regain_access: 90 }] }),
    usage(1, 90),
  ],
  ['numbers as text', business({ 1: [{ call_count: '55', estimated_time_to_regain_access: '5' }] }), usage(55, 5)],
  ['absurd figures', business({ 1: [{ call_count: 1e12, estimated_time_to_regain_access: 1e12 }] }), usage(1000, 1440)],
  ['broken JSON', { 'x-app-usage': '{"call_count":' }, null],
  ['one header broken', { 'x-app-usage': 'oops', ...business({ 1: [{ call_count: 5 }] }) }, usage(5, 0)],
  ['JSON of another kind', { 'x-app-usage': 'null', 'x-business-use-case-usage': '"text"' }, null],
  ['no figures', business({ 1: [{ type: 'instagram' }] }), null],
  ['negative figures', app({ call_count: -4 }), usage(0, 0)],
])('the usage headers are read: %s', (_name, headers, expected) =>
  expect(readUsage(new Headers(headers))).toEqual(expected),
);

/** A header of nothing but small numbers, and one that counts. */
const headerOf = (bytes: number) => `[[${'1,'.repeat(bytes / 2)}1],[97]]`;

test('a header of 64 KB is read as far as it can be honest', () => {
  const entry = {
    type: 'instagram',
    call_count: 97,
    total_cputime: 3,
    total_time: 5,
    estimated_time_to_regain_access: 7,
  };
  const accounts = Object.fromEntries(Array.from({ length: 600 }, (_, index) => [`178414000000${index}`, [entry]]));
  expect(JSON.stringify(accounts).length).toBeGreaterThan(64 * 1_024);
  expect(readUsage(new Headers(business(accounts)))).toEqual(usage(97, 7));
  expect(readUsage({ get: () => headerOf(64 * 1_024) })).toEqual(usage(1, 0));
});

test.each([
  ['figures', headerOf(4 * 1_024 * 1_024)],
  ['depth', '['.repeat(64 * 1_024) + ']'.repeat(64 * 1_024)],
])('a header without end in its %s stops nothing', (_, header) => {
  expect(() => readUsage({ get: () => header })).not.toThrow();
});

function usage(percent: number, regainMinutes: number) {
  return { percent, regainMinutes };
}
