import { expect, test } from '@jest/globals';
import { isWithinJsonBounds } from './json-bounds.ts';

const nested = (depth: number) => JSON.parse('['.repeat(depth) + ']'.repeat(depth));

test.each<[string, unknown, boolean]>([
  ['a plain value', 'text', true],
  ['null', null, true],
  [
    'a carousel with all it may have',
    { children: Array(10).fill({ user_tags: Array(20).fill({ x: 1, y: 1 }) }) },
    true,
  ],
  ['ten thousand values in one list', Array(9_999).fill(0), true],
  ['one value more', Array(10_000).fill(0), false],
  ['the same in an object', Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [index, 0])), false],
  ['values spread over several lists', Array(200).fill(Array(100).fill({})), false],
  ['32 levels', nested(33), true],
  ['one level more', nested(34), false],
  ['a hundred thousand levels', nested(100_000), false],
])('%s', (_, json, isWithin) => {
  expect(isWithinJsonBounds(json)).toBe(isWithin);
});
