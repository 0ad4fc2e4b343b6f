import { expect, test } from '@jest/globals';
import { isWithinJsonBounds } from './json-bounds.ts';

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const listOf = (count: number, value: unknown = 0) => JSON.stringify(Array(count).fill(value));

test.each<[string, string, boolean]>([
  ['a plain value', '"text"', true],
  ['nothing at all', '', true],
  [
    'a carousel with all it may have',
    JSON.stringify({ children: Array(10).fill({ user_tags: Array(20).fill({ x: 1, y: 1 }) }) }),
    true,
  ],
  ['ten thousand values in one list', listOf(9_999), true],
  ['one value more', listOf(10_000), false],
  [
    'the same in an object',
    JSON.stringify(Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [index, 0]))),
    false,
  ],
  ['values spread over several lists', listOf(200, Array(100).fill({})), false],
  ['32 levels', nested(33), true],
  ['one level more', nested(34), false],
  ['two million levels that never end', '['.repeat(2_000_000), false],
  ['levels beside one another', `[${nested(32)},${nested(32)}]`, true],
  ['a caption of brackets and commas', JSON.stringify({ caption: '[,{'.repeat(100_000) }), true],
  ['a caption with quotes and backslashes before them', JSON.stringify({ caption: '\\",['.repeat(20_000) }), true],
  ['values behind such a caption', `["\\\\\\"",${listOf(10_000)}]`, false],
])('%s', (_, json, isWithin) => {
  expect(isWithinJsonBounds(Buffer.from(json))).toBe(isWithin);
});
