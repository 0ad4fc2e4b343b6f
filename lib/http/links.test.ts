import { expect, test } from '@jest/globals';
import { apiEvent } from '../testing/invoke.ts';
import { baseUrlOf, withPageLinks } from './links.ts';

test.each([
  ['https://abc.execute-api.eu-central-1.amazonaws.com', 'https://abc.execute-api.eu-central-1.amazonaws.com'],
  ['http://localhost:8000', 'http://localhost:8000'],
  ['http://LOCALHOST:8000', 'http://LOCALHOST:8000'],
  ['http://127.0.0.1:8000', 'http://127.0.0.1:8000'],
  ['http://[::1]:8000', 'http://[::1]:8000'],
  ['http://localhost.evil.example', 'https://localhost.evil.example'],
  ['http://127.0.0.1.evil.example', 'https://127.0.0.1.evil.example'],
])('begins links with the host the client used: %s', (url, base) => {
  expect(baseUrlOf(apiEvent(`${url}/api/v1/posts`))).toBe(base);
});

test.each([['evil.example'], ['api.test@evil.example'], ['api.test/../evil'], ['api.test:80:80'], [''], ['a b']])(
  'does not let a Host header send anyone elsewhere: %p',
  (host) => {
    expect(baseUrlOf(apiEvent('/posts', { headers: { host } }))).toBe('https://api.test');
  },
);

test('links begin with PUBLIC_BASE_URL if it is set', () => {
  expect(baseUrlOf(apiEvent('http://localhost:8000/api/v1/posts'), 'https://example.test/ig')).toBe(
    'https://example.test/ig',
  );
});

test('a page link replaces the cursor and keeps the rest of the query', () => {
  const page = { next: 'N_-', previous: null, results: [], total: 3 };
  const at = {
    baseUrl: 'https://api.test',
    path: '/api/v1/posts/',
    rawQueryString: 'q=a%2Cb%26c&cursor=old&x=1&x=2&cursor=o',
  };
  expect(withPageLinks(page, at)).toEqual({
    ...page,
    next: 'https://api.test/api/v1/posts/?q=a%2Cb%26c&cursor=N_-&x=1&x=2',
  });
});

test.each([[undefined], [null], ['text'], [[]], [{ next: 'a', previous: 'b' }], [{ results: [] }]])(
  'leaves a body that is no page as it is: %p',
  (body) => {
    expect(withPageLinks(body, { baseUrl: '', path: '', rawQueryString: '' })).toBe(body);
  },
);
