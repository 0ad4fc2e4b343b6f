import { expect, test } from '@jest/globals';
import { ServiceError } from '../errors.ts';
import { apiEvent } from '../testing/invoke.ts';
import { callerOf, requireScope } from './caller.ts';

const callerWith = (claims: Record<string, unknown>) => callerOf(apiEvent('/posts', { claims }));

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

test('an authorizer without claims grants nothing', () => {
  const event = apiEvent('/posts');
  const caller = callerOf({ ...event, requestContext: { ...event.requestContext, authorizer: {} } });
  expect(caller).toEqual({ principal: 'unidentified', scopes: [] });
});

test('names the caller by subject, else by client', () => {
  expect(callerWith({ sub: 'someone', client_id: 'app' }).principal).toBe('someone');
  expect(callerWith({ sub: '', client_id: 'app' }).principal).toBe('app');
});

test('a route without authorizer, and an endpoint without scope, are open', () => {
  expect(() => requireScope(callerOf(apiEvent('/posts')), 'posts:read')).not.toThrow();
  expect(() => requireScope(callerWith({}), null)).not.toThrow();
});
