import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { checkIssuer, createJwtAuthorizer } from './jwt-authorizer.ts';

const AUDIENCE = 'instagram-api';
const now = Math.floor(Date.now() / 1_000);

let server: Server;
let issuer: string;
let privateKey: CryptoKey;
let publicKey: CryptoKey;
let keys: object[] = [];
let keyRequests = 0;

beforeAll(async () => {
  ({ privateKey, publicKey } = await generateKeyPair('RS256'));
  keys = [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }];
  server = createServer((request, response) => {
    if (request.url === '/keys') keyRequests += 1;
    const document = request.url === '/keys' ? { keys } : { issuer, jwks_uri: `${issuer}/keys` };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(document));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const sign = (claims: JWTPayload, { kid = 'one', alg = 'RS256', key = privateKey as CryptoKey | Uint8Array } = {}) =>
  new SignJWT({ iss: issuer, aud: AUDIENCE, exp: now + 600, scope: 'posts:read', sub: 'ada', ...claims })
    .setProtectedHeader({ alg, kid })
    .sign(key);

const ask = (token: string | undefined, audience = [AUDIENCE]) =>
  createJwtAuthorizer({ issuer, audience })({
    headers: token === undefined ? {} : { authorization: token.includes(' ') ? token : `Bearer ${token}` },
    scope: 'posts:read',
  });

describe('lets in', () => {
  const admitted: [string, JWTPayload][] = [
    ['a scope among others', { scope: 'sync:write posts:read' }],
    ['a list of scopes', { scope: ['posts:read'] as unknown as string }],
    ['scp in place of scope', { scope: '', scp: ['posts:read'] }],
    ['one audience of several', { aud: ['other', AUDIENCE] }],
    ['client_id where there is no aud', { aud: undefined as unknown as string, client_id: AUDIENCE }],
    ['a token that expired half a minute ago', { exp: now - 30 }],
    ['a token that becomes valid in half a minute', { nbf: now + 30 }],
  ];
  test.each(admitted)('%s', async (_, claims) => {
    expect(await ask(await sign(claims))).toMatchObject({ jwt: { claims: { sub: 'ada' } } });
  });

  test('and hands claims on as API Gateway does: as strings', async () => {
    const authorization = await ask(await sign({ scope: ['posts:read', 'sync:write'] as unknown as string }));
    expect(authorization).toMatchObject({
      jwt: { claims: { scope: '[posts:read sync:write]', exp: String(now + 600) } },
    });
  });
});

describe('refuses with 401', () => {
  const refused: [string, () => Promise<string | undefined>][] = [
    ['no token', async () => undefined],
    ['another scheme', async () => 'Basic YTpi'],
    ['what is no JWT', async () => 'abc'],
    ['an expired token', () => sign({ exp: now - 120 })],
    ['a token without expiry', () => sign({ exp: undefined as unknown as number })],
    ['a token that is not valid yet', () => sign({ nbf: now + 120 })],
    ['another audience', () => sign({ aud: 'other' })],
    ['another client_id', () => sign({ aud: undefined as unknown as string, client_id: 'other' })],
    ['no audience at all', () => sign({ aud: undefined as unknown as string })],
    ['client_id beside another audience', () => sign({ aud: 'other', client_id: AUDIENCE })],
    ['another issuer', () => sign({ iss: 'https://issuer.example' })],
    ['an unknown key', () => sign({}, { kid: 'two' })],
    ['a signature by another key', async () => sign({}, { key: (await generateKeyPair('RS256')).privateKey })],
    [
      'another algorithm family',
      async () => sign({}, { alg: 'ES256', key: (await generateKeyPair('ES256')).privateKey }),
    ],
    [
      'the public key used as a secret',
      async () => sign({}, { alg: 'HS256', key: new TextEncoder().encode(await exportSPKI(publicKey)) }),
    ],
    [
      'alg none',
      async () => {
        const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
        return `${part({ alg: 'none' })}.${part({ iss: issuer, aud: AUDIENCE, exp: now + 600, scope: 'posts:read' })}.`;
      },
    ],
    [
      'a token that was changed',
      async () => (await sign({})).replace(/\.[^.]+\./, `.${Buffer.from('{}').toString('base64url')}.`),
    ],
  ];
  test.each(refused)('%s', async (_, make) => {
    expect(await ask(await make())).toMatchObject({ refused: 401 });
  });
});

test('answers 403 to a token without the scope', async () => {
  expect(await ask(await sign({ scope: 'posts:reader sync:write' }))).toMatchObject({
    refused: 403,
    challenge: expect.stringContaining('insufficient_scope'),
  });
});

test('fetches keys once; made-up key ids do not make it ask again within the cooldown', async () => {
  const authorize = createJwtAuthorizer({ issuer, audience: [AUDIENCE] });
  const asked = async (token: string) =>
    authorize({ headers: { authorization: `Bearer ${token}` }, scope: 'posts:read' });
  keyRequests = 0;
  await asked(await sign({}));
  await asked(await sign({ sub: 'bob' }));
  expect(keyRequests).toBe(1);
  await asked(await sign({}, { kid: 'made-up' }));
  await asked(await sign({}, { kid: 'made-up-too' }));
  expect(keyRequests).toBe(1);
});

test('follows the issuer to a new key', async () => {
  const authorize = createJwtAuthorizer({ issuer, audience: [AUDIENCE], keysCooldownMs: 0 });
  const asked = async (token: string) =>
    authorize({ headers: { authorization: `Bearer ${token}` }, scope: 'posts:read' });
  expect(await asked(await sign({}))).toHaveProperty('jwt');
  const next = await generateKeyPair('RS256');
  const before = keys;
  keys = [{ ...(await exportJWK(next.publicKey)), kid: 'next', alg: 'RS256', use: 'sig' }];
  expect(await asked(await sign({}, { kid: 'next', key: next.privateKey }))).toHaveProperty('jwt');
  keys = before;
});

test('is unavailable while the issuer cannot be reached, and recovers by itself', async () => {
  const { port } = server.address() as AddressInfo;
  const token = await sign({});
  const authorize = createJwtAuthorizer({ issuer, audience: [AUDIENCE] });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  const headers = { authorization: `Bearer ${token}` };
  expect(await authorize({ headers, scope: 'posts:read' })).toEqual({ refused: 503, retryAfterSeconds: 5 });
  expect(await authorize({ headers: {}, scope: 'posts:read' })).toMatchObject({ refused: 401 });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  expect(await authorize({ headers, scope: 'posts:read' })).toHaveProperty('jwt');
});

test.each([
  ['keys that answer 500', () => ({ status: 500, body: '{}' })],
  ['keys that are no JSON', () => ({ status: 200, body: '<html>' })],
  ['keys that are no key set', () => ({ status: 200, body: '{"keys":1}' })],
])('is unavailable, and does not blame the token, for %s', async (_, answer) => {
  const broken = createServer((request, response) => {
    const own = `http://127.0.0.1:${(broken.address() as AddressInfo).port}`;
    const { status, body } =
      request.url === '/keys'
        ? answer()
        : { status: 200, body: JSON.stringify({ issuer: own, jwks_uri: `${own}/keys` }) };
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  await new Promise<void>((resolve) => broken.listen(0, '127.0.0.1', resolve));
  const own = `http://127.0.0.1:${(broken.address() as AddressInfo).port}`;
  const authorize = createJwtAuthorizer({ issuer: own, audience: [AUDIENCE] });
  const headers = { authorization: `Bearer ${await sign({ iss: own })}` };
  expect(await authorize({ headers, scope: 'posts:read' })).toMatchObject({ refused: 503 });
  await new Promise((resolve) => broken.close(resolve));
});

test.each(['http://issuer.example', 'ftp://127.0.0.1', 'issuer'])('does not take %s as an issuer', (url) => {
  expect(() => checkIssuer(url)).toThrow(/^OIDC_ISSUER: must be an https URL/);
});
