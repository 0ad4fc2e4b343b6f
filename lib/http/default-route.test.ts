import { beforeEach, expect, test } from '@jest/globals';
import { z } from 'zod';
import { endpoint, type Method } from '../contract.ts';
import { invoke } from '../testing/invoke.ts';
import { captureLogs } from '../testing/logs.ts';
import { defaultRouteHandler } from './default-route.ts';

beforeEach(() => {
  captureLogs();
});

const at = (method: Method, path: `/${string}`, more: object = {}) =>
  endpoint({
    method,
    path,
    operationId: `${method} ${path}`,
    summary: 'For tests',
    tags: ['test'],
    scope: null,
    request: z.object({}),
    responses: { 200: z.object({}) },
    problems: [],
    ...more,
  });
const contracts = [
  at('GET', '/posts'),
  at('DELETE', '/posts/{id}'),
  at('GET', '/posts/{id}'),
  at('POST', '/posts/{id}/comment', { aliases: ['/posts/{id}/comments'] }),
  at('GET', '/docs', { base: '' }),
];
const handler = defaultRouteHandler(contracts);

test.each([
  ['POST', '/api/v1/posts', 'GET, HEAD, OPTIONS'],
  ['POST', '/api/v1/posts/', 'GET, HEAD, OPTIONS'],
  ['PUT', '/api/v1/posts/5', 'GET, HEAD, DELETE, OPTIONS'],
  ['GET', '/api/v1/posts/5/comment', 'POST, OPTIONS'],
  ['GET', '/api/v1/posts/5/comments/', 'POST, OPTIONS'],
])('a known path does not take %s %s', async (method, path, allow) => {
  expect(await invoke(handler, path, { method })).toMatchObject({
    status: 405,
    headers: { allow, 'x-request-id': 'request-1', 'content-type': 'application/problem+json' },
    body: { code: 'method_not_allowed', instance: path, request_id: 'request-1' },
  });
});

test('HEAD of a path that has no GET is refused without a body', async () => {
  const answer = await invoke(handler, '/api/v1/posts/5/comment', { method: 'HEAD' });
  expect(answer).toMatchObject({ status: 405, headers: { allow: 'POST, OPTIONS' }, body: undefined });
});

test.each([
  ['/api/v1/posts', 'GET, HEAD, OPTIONS'],
  ['/api/v1/posts/5/', 'GET, HEAD, DELETE, OPTIONS'],
  ['/docs', 'GET, HEAD, OPTIONS'],
])('OPTIONS says what %s takes', async (path, allow) => {
  const answer = await invoke(handler, path, { method: 'OPTIONS', headers: { origin: 'https://app.test' } });
  expect(answer).toMatchObject({ status: 204, headers: { allow }, body: undefined });
  expect(Object.keys(answer.headers).filter((name) => /^access-control|^vary/.test(name))).toEqual([]);
});

test('OPTIONS of an unknown path is 404', async () => {
  expect(await invoke(handler, '/api/v1/nothing', { method: 'OPTIONS' })).toMatchObject({ status: 404 });
});

test.each([
  ['/api'],
  ['/api/'],
  ['/api/v1'],
  ['/api/v1/'],
  ['/api/v1/nothing'],
  ['/api/v1/posts//'],
  ['/api/v1/posts/5/6'],
  ['/api/v2/posts'],
  ['/docs/more'],
  ['/apix/posts'],
  ['/.env'],
])('nobody knows %s', async (path) => {
  expect(await invoke(handler, path, { headers: {} })).toMatchObject({ status: 404, body: { code: 'not_found' } });
});

test('the root is redirected to the documentation', async () => {
  expect(await invoke(handler, '/')).toMatchObject({ status: 308, headers: { location: '/docs' } });
  expect(await invoke(handler, '/', { method: 'POST' })).toMatchObject({ status: 404 });
});

test.each([
  ['/api/sync/', '/api/v1/sync/'],
  ['/api/posts?q=a%2Cb&limit=5', '/api/v1/posts?q=a%2Cb&limit=5'],
  ['/api/v1posts', '/api/v1/v1posts'],
  ['/api//evil.example/', '/api/v1//evil.example/'],
  ['/api/x\r\nSet-Cookie: a=b?c=\r\nd', '/api/v1/x%0D%0ASet-Cookie%3A%20a%3Db?c=%0D%0Ad'],
])('a path without version is sent on: %p', async (path, location) => {
  for (const method of ['GET', 'POST']) {
    const answer = await invoke(handler, path, { method });
    expect(answer).toMatchObject({ status: 308, headers: { location, 'x-request-id': 'request-1' } });
  }
});

test('a redirect goes to PUBLIC_BASE_URL if it is set', async () => {
  const published = defaultRouteHandler(contracts, { publicBaseUrl: 'https://example.test/ig' });
  expect((await invoke(published, '/api/posts')).headers.location).toBe('https://example.test/ig/api/v1/posts');
});

test('a path whose trailing slash the gateway did not match is redirected to the path without it', async () => {
  expect(await invoke(handler, '/api/v1/posts/5/?a=1')).toMatchObject({
    status: 308,
    headers: { location: '/api/v1/posts/5?a=1' },
  });
});
