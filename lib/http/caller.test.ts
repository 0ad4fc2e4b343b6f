import { expect, test } from '@jest/globals';
import { ServiceError } from '../errors.ts';
import { apiEvent } from '../testing/invoke.ts';
import { callerOf, requireScope } from './caller.ts';

const callerWith = (claims: Record<string, unknown>) =>
  callerOf(apiEvent('/posts', { claims: { sub: 'ada', ...claims } }));

test.each([
  [{ scope: 'posts:read sync:write' }],
  [{ scope: ['posts:read', 'sync:write'] }],
  [{ scope: '[posts:read sync:write]' }],
  [{ scp: 'posts:read sync:write' }],
  [{ scp: ['posts:read', 'sync:write'] }],
  [{ scp: '[posts:read sync:write]' }],
  [{ scope: '  posts:read  ', scp: ['sync:write', 7, null] }],
])('reads scopes from %j', (claims) => {
  expect(callerWith(claims).scopes).toEqual(['posts:read', 'sync:write']);
});

test.each([
  [{}],
  [{ scope: null }],
  [{ scope: '' }],
  [{ scope: { 'posts:read': true } }],
  [{ scope: 'posts:read,sync:write' }],
  [{ scope: 'posts:readx' }],
  [{ scope: 'POSTS:READ' }],
  [{ scopes: 'posts:read' }],
])('grants nothing for %j', (claims) => {
  expect(() => requireScope(callerWith(claims), 'posts:read')).toThrow(ServiceError);
});

test('a request whose authorizer passes no claims is refused', () => {
  const event = apiEvent('/posts');
  const request = { ...event, requestContext: { ...event.requestContext, authorizer: {} } };
  expect(() => callerOf(request)).toThrow(expect.objectContaining({ code: 'forbidden' }));
});

test.each([
  [{ sub: 'someone', client_id: 'app' }, 'someone'],
  [{ sub: '', client_id: 'app' }, 'client:app'],
  [{ sub: undefined, client_id: 'alice' }, 'client:alice'],
  [{ sub: undefined, client_id: 'client:alice' }, 'client:client:alice'],
  [{ sub: 'Client:alice' }, 'Client:alice'],
  [{ sub: 'auth0|жук 🌊' }, 'auth0|жук 🌊'],
  [{ sub: 'x'.repeat(255) }, 'x'.repeat(255)],
])('%j is %s', (claims, principal) => {
  expect(callerWith(claims).principal).toBe(principal);
});

test('a caller without an authorizer is called local', () => {
  expect(callerOf(apiEvent('/posts'))).toEqual({ principal: 'local', scopes: null, seesAll: true });
});

test.each([
  ['posts:read accounts:all', true],
  ['posts:read accounts:allx', false],
  ['', false],
])('a token with the scopes "%s" sees every account: %s', (scope, seesAll) => {
  expect(callerWith({ scope }).seesAll).toBe(seesAll);
});

test('a route without an authorizer and an endpoint without a scope are open', () => {
  expect(() => requireScope(callerOf(apiEvent('/posts')), 'posts:read')).not.toThrow();
  expect(() => requireScope(callerWith({}), null)).not.toThrow();
});
