import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { endpoint, type Method, type Scope } from '../contract.ts';
import { gatewayRoutes } from './gateway-routes.ts';

const at = (method: Method, path: `/${string}`, scope: Scope | null = null, aliases: readonly `/${string}`[] = []) => ({
  contract: endpoint({
    method,
    path,
    aliases,
    operationId: `${method} ${path}`,
    summary: 'For tests',
    tags: ['test'],
    scope,
    request: z.object({}),
    responses: { 200: z.object({}) },
    problems: [],
  }),
  entry: `${method}-${path}`,
});
const keysTo = (entry: string, registry: Parameters<typeof gatewayRoutes>[0]) =>
  gatewayRoutes(registry)
    .filter((route) => route.entry === entry)
    .map(({ method, path }) => `${method} ${path}`);

test('each path of a contract is a route, with a sibling for the trailing slash', () => {
  expect(gatewayRoutes([at('POST', '/a/{id}/b', 'sync:write', ['/a/{id}/c'])])).toEqual(
    ['/a/{id}/b', '/a/{id}/b/{proxy+}', '/a/{id}/c', '/a/{id}/c/{proxy+}'].map((path) => ({
      method: 'POST',
      path: `/api/v1${path}`,
      entry: 'POST-/a/{id}/b',
      scope: 'sync:write',
    })),
  );
});

test('HEAD goes where GET goes, and needs the same scope', () => {
  const found = gatewayRoutes([at('GET', '/a', 'posts:read'), at('POST', '/a', 'sync:write')]);
  expect(found.filter(({ method }) => method === 'HEAD')).toEqual(
    ['/api/v1/a', '/api/v1/a/{proxy+}'].map((path) => ({
      method: 'HEAD',
      path,
      entry: 'GET-/a',
      scope: 'posts:read',
    })),
  );
});

test('a sibling above does not take HEAD of a path below it, as it does not take GET', () => {
  expect(keysTo('default-route', [at('GET', '/sync'), at('POST', '/sync/{id}')])).toEqual([
    'GET /api/v1/sync/{id}',
    'GET /api/v1/sync/{id}/{proxy+}',
    'HEAD /api/v1/sync/{id}',
    'HEAD /api/v1/sync/{id}/{proxy+}',
  ]);
});

test('a method that only a sibling above would take goes to the default route, which refuses it', () => {
  const registry = [
    at('GET', '/sync'),
    at('POST', '/sync', 'sync:write'),
    at('GET', '/sync/{id}'),
    at('DELETE', '/sync/{id}'),
  ];
  expect(keysTo('default-route', registry)).toEqual(['POST /api/v1/sync/{id}', 'POST /api/v1/sync/{id}/{proxy+}']);
});

test('placeholders match segments, and placeholders of other names', () => {
  const registry = [at('GET', '/posts/{id}'), at('POST', '/posts/{post_id}'), at('PATCH', '/posts/new/x')];
  expect(keysTo('default-route', registry)).toEqual([
    'GET /api/v1/posts/new/x',
    'GET /api/v1/posts/new/x/{proxy+}',
    'POST /api/v1/posts/new/x',
    'POST /api/v1/posts/new/x/{proxy+}',
    'HEAD /api/v1/posts/new/x',
    'HEAD /api/v1/posts/new/x/{proxy+}',
  ]);
});

test('a path that only begins with the same letters is not below another', () => {
  expect(keysTo('default-route', [at('GET', '/image'), at('POST', '/images/{id}')])).toEqual([]);
});
