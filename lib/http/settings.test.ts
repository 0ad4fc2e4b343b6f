import { expect, test } from '@jest/globals';
import { httpEnv, parseEnv } from '../config.ts';

test.each([
  [undefined, []],
  ['', []],
  ['https://app.test', ['https://app.test']],
  [' https://App.Test:8443 , http://[::1]:3000,', ['https://app.test:8443', 'http://[::1]:3000']],
])('API_ORIGINS %p names %j', (API_ORIGINS, origins) => {
  expect(parseEnv(httpEnv, { API_ORIGINS }).API_ORIGINS).toEqual(origins);
});

test.each([
  ['*'],
  ['app.test'],
  ['https://app.test/'],
  ['https://app.test,https://b.test/x'],
  ['https://*.test'],
  ['null'],
])('API_ORIGINS %p is no list of origins, which stops the start', (API_ORIGINS) => {
  expect(() => parseEnv(httpEnv, { API_ORIGINS })).toThrow(/^Invalid environment: API_ORIGINS: must be origins/);
});
