/** Each route with no token, with a token without its scope, and with one that has it; at the gateway, and again in the function. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { routes } from '../functions/routes.ts';
import { type Endpoint, pathsOf, type Scope } from '../lib/contract.ts';
import { invoke } from '../lib/testing/invoke.ts';
import { startService } from '../lib/testing/service.ts';
import { type HttpAdapter, startHttpAdapter } from './platform/http-adapter.ts';
import { createJwtAuthorizer } from './platform/jwt-authorizer.ts';

await startService({ simulator: { media: 1 } });

const AUDIENCE = 'instagram-api';
const SCOPES = [...new Set(routes.map(({ contract }) => contract.scope))].filter(
  (scope): scope is Scope => scope !== null,
);
const { privateKey, publicKey } = await generateKeyPair('RS256');
const keys = [{ ...(await exportJWK(publicKey)), kid: 'one' }];
let issuer = '';
const issuing = createServer((request, response) => {
  const body = request.url === '/keys' ? { keys } : { issuer, jwks_uri: `${issuer}/keys` };
  response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
});
let adapter: HttpAdapter;

beforeAll(async () => {
  await new Promise<void>((resolve) => issuing.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(issuing.address() as AddressInfo).port}`;
  adapter = await startHttpAdapter(
    { host: '127.0.0.1', port: 0 },
    {
      routes,
      load: async (entry) => (await import(`../functions/${entry}.ts`)).handler,
      anyHost: false,
      authorize: createJwtAuthorizer({ issuer, audience: [AUDIENCE] }),
    },
  );
  adapter.open();
});
afterAll(async () => {
  await adapter.close(0);
  await new Promise((resolve) => issuing.close(resolve));
});

const tokenWith = (scopes: readonly Scope[]) =>
  new SignJWT({ scope: scopes.join(' ') })
    .setProtectedHeader({ alg: 'RS256', kid: 'one' })
    .setIssuer(issuer)
    .setAudience(AUDIENCE)
    .setSubject('ada')
    .setExpirationTime('5 minutes')
    .sign(privateKey);

/** A path of the route with an id that does not exist, so that an admitted request changes nothing. */
const call = (method: string, path: string, token?: string) =>
  fetch(`${adapter.url}${path.replace(/\{\w+\}/g, '4503599627370496')}`, {
    method,
    headers: {
      'content-type': 'application/json',
      prefer: 'respond-async',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    ...(method !== 'GET' && method !== 'DELETE' && { body: '{}' }),
  });

const matrix = routes.flatMap(({ contract, entry }) =>
  pathsOf(contract).flatMap((path) =>
    [path, `${path}/`].map((one) => [contract.method, one, contract.scope, entry] as const),
  ),
);
type Row = readonly [Endpoint['method'], string, Scope, string];
const guarded = matrix.flatMap(([method, path, scope, entry]): Row[] =>
  scope === null ? [] : [[method, path, scope, entry]],
);
const open = matrix.filter(([, , scope]) => scope === null);

test('only the health check and the API document are open', () => {
  expect([...new Set(open.map(([, , , entry]) => entry))].sort()).toEqual([
    'get-docs',
    'get-docs-file',
    'get-openapi',
    'get-problem-page',
    'health',
    'list-problems',
  ]);
});

describe.each(guarded)('%s %s (%s)', (method, path, scope, entry) => {
  test('a guarded route refuses a request without a token', async () => {
    const answer = await call(method, path);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
  });

  test('a guarded route refuses a token with every scope but its own', async () => {
    const answer = await call(method, path, await tokenWith(SCOPES.filter((one) => one !== scope)));
    expect(answer.status).toBe(403);
  });

  test('a guarded route lets in a token with its scope', async () => {
    const answer = await call(method, path, await tokenWith([scope]));
    expect([401, 403, 405]).not.toContain(answer.status);
    await answer.arrayBuffer();
  });

  test('the function itself refuses claims without its scope', async () => {
    const { handler } = await import(`../functions/${entry}.ts`);
    const answer = await invoke(handler, path.replace(/\{\w+\}/g, '1'), { claims: { sub: 'ada', scope: 'none' } });
    expect(answer).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  });
});

test.each(open)('%s %s is open', async (method, path) => {
  const answer = await call(method, path);
  expect([401, 403]).not.toContain(answer.status);
  await answer.arrayBuffer();
});
