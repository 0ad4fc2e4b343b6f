import { expect, test } from '@jest/globals';
import { encodePath, matchPath } from './paths.ts';

test.each([
  ['/posts/{id}', '/posts/5', { id: '5' }],
  ['/posts/{id}', '/posts/5/', { id: '5' }],
  ['/posts/{post_id}/comments/{id}', '/posts/5/comments/7', { post_id: '5', id: '7' }],
  ['/posts', '/posts/', {}],
  ['/posts', '/posts//', null],
  ['/posts', '/posts/5', null],
  ['/posts/{id}', '/posts/', null],
  ['/posts/{id}', '/posts//', null],
  ['/posts/{id}', '/Posts/5', null],
  ['/posts/{id}', '/posts/__proto__', { id: '__proto__' }],
])('matches %s against %s', (template, path, params) => {
  expect(matchPath(template, path)).toEqual(params);
});

test.each([
  ['/api/v1/posts', '/api/v1/posts'],
  ['/a\r\nSet-Cookie: x', '/a%0D%0ASet-Cookie%3A%20x'],
  ['/a?b#c', '/a%3Fb%23c'],
  ['/a%20b', '/a%20b'],
  ['/100%', '/100%25'],
  ['/\ud800', '/%EF%BF%BD'],
  ['/жук', '/%D0%B6%D1%83%D0%BA'],
])('makes a path safe for a header: %p', (path, encoded) => {
  expect(encodePath(path)).toBe(encoded);
});
