import { once } from 'node:events';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { z } from 'zod';
import { endpoint, type Method, type Scope } from '../../lib/contract.ts';
import type { ApiEvent } from '../../lib/http/event.ts';
import { logger } from '../../lib/logger.ts';
import { type GatewayOptions, type HttpAdapter, startHttpAdapter } from './http-adapter.ts';
import type { Handler } from './lambda.ts';

const LOOPBACK = { host: '127.0.0.1', port: 0 };

const route = (method: Method, path: `/${string}`, entry: string, scope: Scope | null = null) => ({
  entry,
  contract: endpoint({
    method,
    path,
    operationId: entry,
    summary: entry,
    tags: [],
    scope,
    request: z.object({}),
    responses: { 200: z.unknown() },
    problems: [],
  }),
});

const echo: Handler = (event: ApiEvent) => ({
  statusCode: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(event),
});
const handlers: Record<string, Handler> = {
  'default-route': echo,
  'list-things': echo,
  'create-thing': echo,
  'get-thing': echo,
  'list-parts': echo,
  fails: () => {
    throw new Error('broken');
  },
  hangs: () => new Promise(() => {}),
  'answers-plainly': () => ({ hello: 'world' }),
  'answers-nothing': () => ({ statusCode: 204, headers: { 'X-Thing': 'kept' } }),
  'answers-bytes': () => ({
    statusCode: 201,
    headers: { 'Content-Type': 'image/png', Connection: 'upgrade', 'X-Number': 5 },
    cookies: ['a=1; Path=/', 'b=2'],
    body: Buffer.from([0x89, 0x50, 0xff, 0x00]).toString('base64'),
    isBase64Encoded: true,
  }),
  'answers-text': () => ({ statusCode: 200, body: 'naïve' }),
  'answers-wrongly': () => ({ statusCode: 200, body: { not: 'a string' } }),
  'answers-too-much': () => ({ statusCode: 200, body: 'x'.repeat(6 * 1024 * 1024) }),
  'tells-context': (_event, context) => ({
    name: context.functionName,
    remaining: context.getRemainingTimeInMillis(),
    id: context.awsRequestId,
  }),
};
const routes = [
  route('GET', '/things', 'list-things'),
  route('POST', '/things', 'create-thing'),
  route('GET', '/things/{id}', 'get-thing'),
  route('GET', '/things/{id}/parts', 'list-parts'),
  route('GET', '/guarded', 'list-things', 'posts:read'),
  ...Object.keys(handlers)
    .filter((entry) => /^(fails|hangs|answers|tells)/.test(entry))
    .map((entry) => route('GET', `/${entry}`, entry)),
];

const start = async (options: Partial<GatewayOptions> = {}): Promise<HttpAdapter> => {
  const load = async (entry: string) => handlers[entry] ?? Promise.reject(new Error(`no ${entry}`));
  const adapter = await startHttpAdapter(LOOPBACK, { routes, load, anyHost: false, ...options });
  adapter.open();
  return adapter;
};

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  bytes: Buffer;
}

/** A request whose every byte is ours: `fetch` sets its own Host, and encodes paths. */
const call = async (
  { url }: HttpAdapter,
  path: string,
  {
    method = 'GET',
    headers = {},
    body,
  }: { method?: string; headers?: Record<string, string | string[]>; body?: string | Buffer } = {},
): Promise<Answer> => {
  const { hostname, port } = new URL(url);
  const request = httpRequest({ hostname, port, path, method, headers, agent: false });
  request.end(body);
  const [response] = await once(request, 'response');
  return { status: response.statusCode, headers: response.headers, bytes: await buffer(response) };
};

const eventOf = ({ bytes }: Answer): ApiEvent => JSON.parse(bytes.toString());
const messageOf = ({ bytes }: Answer): unknown => JSON.parse(bytes.toString()).message;

let adapter: HttpAdapter;
beforeAll(async () => {
  adapter = await start();
});
afterAll(() => adapter.close(0));

describe('events', () => {
  test('the event of a plain request is what API Gateway builds', async () => {
    const event = eventOf(await call(adapter, '/api/v1/things', { headers: { 'User-Agent': 'test' } }));

    const { port } = new URL(adapter.url);
    expect(event).toEqual({
      version: '2.0',
      routeKey: 'GET /api/v1/things',
      rawPath: '/api/v1/things',
      rawQueryString: '',
      headers: {
        'content-length': '0',
        host: `127.0.0.1:${port}`,
        'user-agent': 'test',
        'x-amzn-trace-id': expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/),
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-port': port,
        'x-forwarded-proto': 'http',
      },
      requestContext: {
        accountId: '000000000000',
        apiId: 'local',
        domainName: '127.0.0.1',
        domainPrefix: '127',
        http: { method: 'GET', path: '/api/v1/things', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
        requestId: expect.stringMatching(/^[\w-]{15}=$/),
        routeKey: 'GET /api/v1/things',
        stage: '$default',
        time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
        timeEpoch: expect.any(Number),
      },
      isBase64Encoded: false,
    });
  });

  test('an event joins repeated headers and parameters by commas, and lists cookies apart', async () => {
    const headers = { 'X-Many': ['a', 'b'], Cookie: ['one=1; two=2', 'three=a,b'], Connection: 'close' };

    const event = eventOf(await call(adapter, '/api/v1/things?tag=a&q=caf%C3%A9+au%20lait&tag=b&empty=', { headers }));

    expect(event.headers).toMatchObject({ 'x-many': 'a,b' });
    expect(event.headers).not.toHaveProperty('cookie');
    expect(event.headers).not.toHaveProperty('connection');
    expect(event.cookies).toEqual(['one=1', 'two=2', 'three=a,b']);
    expect(event.queryStringParameters).toEqual({ tag: 'a,b', q: 'café au lait', empty: '' });
    expect(event.rawQueryString).toBe('tag=a&q=caf%C3%A9+au%20lait&tag=b&empty=');
  });

  test('an event takes names that objects have of their own', async () => {
    const event = eventOf(await call(adapter, '/api/v1/things?constructor=1&__proto__=2&constructor=3'));

    expect(Object.entries(event.queryStringParameters ?? {})).toEqual([
      ['constructor', '1,3'],
      ['__proto__', '2'],
    ]);
  });

  test.each([
    ['/api/v1/things/12', 'GET /api/v1/things/{id}', { id: '12' }],
    ['/api/v1/things/', 'GET /api/v1/things/{proxy+}', { proxy: '' }],
    ['/api/v1/things/12/', 'GET /api/v1/things/{id}/{proxy+}', { id: '12', proxy: '' }],
    ['/api/v1/things/12/other/deep', 'GET /api/v1/things/{id}/{proxy+}', { id: '12', proxy: 'other/deep' }],
    ['/api/v1/things/12/parts', 'GET /api/v1/things/{id}/parts', { id: '12' }],
    ['/api/v1/things/12/parts/', 'GET /api/v1/things/{id}/parts/{proxy+}', { id: '12', proxy: '' }],
    ['/api/v1/things/a%2Fb%20%C3%A9', 'GET /api/v1/things/{id}', { id: 'a/b é' }],
    ['/api/v1/th%69ngs/1', 'GET /api/v1/things/{id}', { id: '1' }],
    ['/api/v1/unknown', '$default', undefined],
    ['/', '$default', undefined],
  ])('%s goes to %s', async (path, routeKey, pathParameters) => {
    const event = eventOf(await call(adapter, path));

    expect(event).toMatchObject({ routeKey, requestContext: { routeKey } });
    expect(event.pathParameters).toEqual(pathParameters);
  });

  test('HEAD goes where GET goes', async () => {
    const seen = jest.fn<Handler>(echo);
    const own = await start({ load: async () => seen });

    await call(own, '/api/v1/things', { method: 'HEAD' });

    expect(seen.mock.calls[0]?.[0]).toMatchObject({ routeKey: 'HEAD /api/v1/things' });
    await own.close(0);
  });

  test.each(['PUT', 'OPTIONS', 'DELETE'])('%s is no GET: it goes to $default', async (method) => {
    const seen = jest.fn<Handler>(echo);
    const own = await start({ load: async () => seen });

    await call(own, '/api/v1/things', { method });

    expect(seen.mock.calls[0]?.[0]).toMatchObject({ routeKey: '$default', requestContext: { http: { method } } });
    await own.close(0);
  });

  test('a method that a known path lacks goes to the function behind $default, not to a greedy route above it', async () => {
    const seen = jest.fn<(entry: string) => Promise<Handler>>(async () => echo);
    const own = await start({ load: seen });

    const event = eventOf(await call(own, '/api/v1/things/12', { method: 'POST' }));

    expect(seen).toHaveBeenCalledWith('default-route');
    expect(event.routeKey).toBe('POST /api/v1/things/{id}');
    await own.close(0);
  });

  test('an event holds a decoded path that ends at a decoded question mark, as API Gateway leaves it', async () => {
    const event = eventOf(await call(adapter, '/api/v1/things/a%20b%3Fadmin=1?x=1'));

    expect(event).toMatchObject({ rawPath: '/api/v1/things/a b', pathParameters: { id: 'a b?admin=1' } });
  });

  test.each([
    ['application/json', false],
    ['application/json; charset=utf-8', false],
    ['text/plain', false],
    ['application/xml', false],
    ['application/javascript', false],
    ['application/x-www-form-urlencoded', true],
    ['application/problem+json', true],
    ['multipart/form-data; boundary=x', true],
    [undefined, true],
  ])('a body of type %s: base64 %s', async (type, isBase64Encoded) => {
    const headers = type === undefined ? {} : { 'Content-Type': type };

    const event = eventOf(await call(adapter, '/api/v1/things', { method: 'POST', headers, body: '{"ä":1}' }));

    expect(event.isBase64Encoded).toBe(isBase64Encoded);
    expect(Buffer.from(event.body ?? '', isBase64Encoded ? 'base64' : 'utf8').toString()).toBe('{"ä":1}');
  });
});

describe('answers', () => {
  test('an answer without a status code is the JSON body of a 200', async () => {
    const answer = await call(adapter, '/api/v1/answers-plainly');

    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' } });
    expect(JSON.parse(answer.bytes.toString())).toEqual({ hello: 'world' });
  });

  test('an answer carries bytes, cookies and headers, and the id of the request', async () => {
    const { status, headers, bytes } = await call(adapter, '/api/v1/answers-bytes');

    expect(status).toBe(201);
    expect(bytes).toEqual(Buffer.from([0x89, 0x50, 0xff, 0x00]));
    expect(headers).toMatchObject({
      'content-type': 'image/png',
      'x-number': '5',
      'set-cookie': ['a=1; Path=/', 'b=2'],
    });
    expect(headers.connection).not.toBe('upgrade');
    expect(headers['apigw-requestid']).toMatch(/^[\w-]{15}=$/);
  });

  test('an answer may have no body', async () => {
    const { status, headers, bytes } = await call(adapter, '/api/v1/answers-nothing');

    expect({ status, thing: headers['x-thing'], length: headers['content-length'] }).toEqual({
      status: 204,
      thing: 'kept',
    });
    expect(bytes).toHaveLength(0);
  });

  test('an answer that does not say what it is is text', async () => {
    const answer = await call(adapter, '/api/v1/answers-text');

    expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(answer.bytes.toString()).toBe('naïve');
  });

  test.each([
    ['fails', 500, 'Internal Server Error'],
    ['answers-wrongly', 500, 'Internal Server Error'],
    ['answers-too-much', 500, 'Internal Server Error'],
  ])('%s: %i %s', async (path, status, message) => {
    jest.spyOn(logger, 'error').mockImplementation(() => {});

    const answer = await call(adapter, `/api/v1/${path}`);

    expect(answer.status).toBe(status);
    expect(messageOf(answer)).toBe(message);
  });

  test('a function that takes too long is a 503, and is logged', async () => {
    const log = jest.spyOn(logger, 'error').mockImplementation(() => {});
    const own = await start({ integrationTimeoutSeconds: 0.02 });

    const answer = await call(own, '/api/v1/hangs');

    expect(answer.status).toBe(503);
    expect(messageOf(answer)).toBe('Service Unavailable');
    expect(log.mock.calls[0]?.[1]).toMatchObject({ event: 'function_failed', function: 'hangs', reason: 'timed_out' });
    await own.close(0);
  });

  test('a function that cannot be loaded is a 500', async () => {
    jest.spyOn(logger, 'error').mockImplementation(() => {});
    const own = await start({ load: () => Promise.reject(new Error('Invalid environment')) });

    expect((await call(own, '/api/v1/things')).status).toBe(500);
    await own.close(0);
  });

  test('functions are told their name and the time they have', async () => {
    const answer = await call(adapter, '/api/v1/tells-context');

    const { name, remaining, id } = JSON.parse(answer.bytes.toString());
    expect(name).toBe('tells-context');
    expect(remaining).toBeGreaterThan(25_000);
    expect(remaining).toBeLessThanOrEqual(30_000);
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
  });
});

/** In API Gateway's words, and what to do. */
const TOO_LARGE = 'Request Entity Too Large: send a file of more than 4 MB by the form of POST /api/v1/uploads';

describe('limits', () => {
  test('a body of 10 MB is too large for the event, and more is not even read', async () => {
    jest.spyOn(logger, 'error').mockImplementation(() => {});
    const headers = { 'Content-Type': 'text/plain' };
    const post = (body: Buffer) => call(adapter, '/api/v1/things', { method: 'POST', headers, body });

    for (const size of [7, 10, 11]) {
      const answer = await post(Buffer.alloc(size * 1024 * 1024, 'x'));
      expect([size, answer.status, messageOf(answer)]).toEqual([size, 413, TOO_LARGE]);
    }
    expect((await post(Buffer.alloc(2 * 1024 * 1024, 'x'))).status).toBe(200);
  });

  /** Sends the beginning of a request, and no more: what comes back comes although the request never ends. */
  const beginning = async (head: string, body = Buffer.alloc(0)): Promise<string> => {
    const { hostname, port } = new URL(adapter.url);
    const socket = connect(Number(port), hostname);
    socket.write(`${head}\r\nHost: localhost\r\nContent-Type: text/plain\r\n\r\n`);
    socket.write(body);
    const answer = await text(socket);
    socket.destroy();
    return answer;
  };
  const CLOSED = /^HTTP\/1.1 (\d+) .*\r\nconnection: close\r\n.*\r\n\r\n{"message":"([^"]*)"}$/is;

  test('a body announced too large is refused before any of it is sent, and the connection closed', async () => {
    const answer = await beginning('POST /api/v1/things HTTP/1.1\r\nContent-Length: 99999999');

    expect(CLOSED.exec(answer)?.slice(1)).toEqual(['413', TOO_LARGE]);
  });

  test('a body in chunks that never end is refused when it gets too large, and the connection closed', async () => {
    const chunk = Buffer.concat([Buffer.from('b00000\r\n'), Buffer.alloc(0xb00000, 'x'), Buffer.from('\r\n')]);

    const answer = await beginning('POST /api/v1/things HTTP/1.1\r\nTransfer-Encoding: chunked', chunk);

    expect(CLOSED.exec(answer)?.slice(1)).toEqual(['413', TOO_LARGE]);
  });

  test.each(['Content-Length: 99999999', 'Transfer-Encoding: chunked'])(
    'and whoever may not call is told so at once, too: %s',
    async (length) => {
      const answer = await beginning(`POST /api/v1/things HTTP/1.1\r\n${length}\r\nOrigin: https://evil.test`);

      expect(CLOSED.exec(answer)?.slice(1)).toEqual(['403', expect.stringContaining('Origin')]);
    },
  );

  test('a refused body of the ordinary kind leaves the connection open', async () => {
    const { headers } = await call(adapter, '/api/v1/things', {
      method: 'POST',
      headers: { Origin: 'https://evil.test', Connection: 'keep-alive', 'Content-Length': '5' },
      body: 'hello',
    });

    expect(headers.connection).toBe('keep-alive');
  });

  test('a body sent without its length is cut off all the same, and its sender gets to read why', async () => {
    const { hostname, port } = new URL(adapter.url);
    const request = httpRequest({ hostname, port, path: '/api/v1/things', method: 'POST', agent: false });
    const answered = once(request, 'response');
    const chunk = Buffer.alloc(1024 * 1024);
    for (let sent = 0; sent < 12; sent += 1) request.write(chunk);
    request.end();

    const [response] = await answered;

    expect(response.statusCode).toBe(413);
    expect(await text(response)).toContain(TOO_LARGE);
  });

  test('who asks first whether to send a large body is told not to', async () => {
    const { hostname, port } = new URL(adapter.url);
    const headers = { Expect: '100-continue', 'Content-Length': 11 * 1024 * 1024 };
    const request = httpRequest({ hostname, port, path: '/api/v1/things', method: 'POST', headers, agent: false });
    const told = jest.fn();
    request.on('continue', told).on('error', () => {}); // we never send what we announced
    request.flushHeaders();

    const [response] = await once(request, 'response');

    expect(response.statusCode).toBe(413);
    expect(told).not.toHaveBeenCalled();
    request.destroy();
  });

  test('who asks first whether to send a small body is told to send it', async () => {
    const headers = { Expect: '100-continue', 'Content-Length': '2', 'Content-Type': 'text/plain' };

    const event = eventOf(await call(adapter, '/api/v1/things', { method: 'POST', headers, body: 'ok' }));

    expect(event.body).toBe('ok');
  });

  test('request line and headers have 10 KB: a cursor of 5,000 characters fits', async () => {
    expect((await call(adapter, `/api/v1/things?cursor=${'x'.repeat(5_000)}`)).status).toBe(200);
    const long = await call(adapter, '/api/v1/things', { headers: { 'X-Long': 'x'.repeat(10_240) } });
    const endless = await call(adapter, '/api/v1/things', { headers: { 'X-Long': 'x'.repeat(70_000) } });

    expect([long.status, endless.status]).toEqual([431, 431]);
    expect([messageOf(long), messageOf(endless)]).toEqual(Array(2).fill('Request Header Fields Too Large'));
  });

  test('text that is not percent-encoded is a bad request', async () => {
    const { hostname, port } = new URL(adapter.url);
    const socket = connect(Number(port), hostname);
    socket.end('GET /api/v1/things?q=кофе HTTP/1.1\r\nHost: localhost\r\n\r\n');

    expect(await text(socket)).toMatch(/^HTTP\/1.1 400 Bad Request\r\n.*{"message":"Bad Request"}$/s);
  });

  test.each(['/api/v1/things/%zz', '/api/v1/%ff', '*'])('%s is a bad request', async (path) => {
    const answer = await call(adapter, path);

    expect(answer.status).toBe(400);
    expect(messageOf(answer)).toBe('Bad Request');
  });
});

describe('who may call', () => {
  const statusOf = async (own: HttpAdapter, headers: Record<string, string>, method = 'GET') =>
    (await call(own, '/api/v1/things', { headers, method })).status;

  test.each(['localhost', 'LOCALHOST:80', '127.0.0.1', '127.9.9.9:1', '[::1]:8000', 'app.localhost'])(
    'Host %s is this machine',
    async (host) => {
      expect(await statusOf(adapter, { Host: host })).toBe(200);
    },
  );

  test.each(['evil.test', 'localhost.evil.test', '127.0.0.1.evil.test', '10.0.0.1', 'localhost@evil.test', 'a b'])(
    'Host %j is not',
    async (host) => {
      expect([400, 403]).toContain(await statusOf(adapter, { Host: host }));
    },
  );

  test('pages of other sites are refused, whatever they send', async () => {
    for (const origin of [
      'https://evil.test',
      'http://localhost.evil.test',
      'null',
      'file://',
      'http://127.0.0.1.evil.test:8000',
    ]) {
      expect([origin, await statusOf(adapter, { Origin: origin }, 'POST')]).toEqual([origin, 403]);
    }
  });

  const VISIT = { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document', 'Sec-Fetch-User': '?1' };

  test.each([
    ['an image', 'GET', { 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'image' }],
    ['a script', 'GET', { 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'script' }],
    ['a fetch', 'HEAD', { 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'empty' }],
    ['a frame', 'GET', { ...VISIT, 'Sec-Fetch-Dest': 'iframe' }],
    ['a window that a script opens', 'GET', { ...VISIT, 'Sec-Fetch-User': '' }],
    ['a form', 'POST', VISIT],
    ['something that does not say what it is', 'GET', {}],
  ])('%s of a page of another site does not reach a function', async (_, method, headers) => {
    const seen = jest.fn<Handler>(echo);
    const own = await start({ load: async () => seen });

    expect(await statusOf(own, { 'Sec-Fetch-Site': 'cross-site', ...headers }, method)).toBe(403);
    expect(seen).not.toHaveBeenCalled();
    await own.close(0);
  });

  test('pages of this machine are let in, and so is who follows a link to us, or types our address', async () => {
    expect(await statusOf(adapter, { Origin: 'http://localhost:3000' }, 'POST')).toBe(200);
    expect(await statusOf(adapter, { 'Sec-Fetch-Site': 'cross-site', ...VISIT })).toBe(200);
    expect(await statusOf(adapter, { 'Sec-Fetch-Site': 'none', ...VISIT })).toBe(200);
    expect(await statusOf(adapter, { 'Sec-Fetch-Site': 'same-origin', 'Sec-Fetch-Dest': 'image' })).toBe(200);
  });

  test('with any host allowed, pages must still be of the host they call', async () => {
    const own = await start({ anyHost: true });

    expect(await statusOf(own, { Host: 'api.test' })).toBe(200);
    expect(await statusOf(own, { Host: 'api.test', Origin: 'http://api.test' }, 'POST')).toBe(200);
    expect(await statusOf(own, { Host: 'api.test', Origin: 'http://evil.test' }, 'POST')).toBe(403);
    await own.close(0);
  });

  test('names that were allowed are served, and pages of theirs; any other is a trick', async () => {
    const own = await start({ allowedHosts: ['api.test'] });

    expect(await statusOf(own, { Host: 'API.test:8000' })).toBe(200);
    expect(await statusOf(own, { Host: 'api.test', Origin: 'http://api.test' }, 'POST')).toBe(200);
    expect(await statusOf(own, { Host: 'api.test', Origin: 'http://evil.test' }, 'POST')).toBe(403);
    expect(await statusOf(own, { Host: 'evil.test' })).toBe(403);
    expect(await statusOf(own, { Host: 'evil.test', Origin: 'http://evil.test' }, 'POST')).toBe(403);
    await own.close(0);
  });

  test('a route with a scope asks the authorizer, and hands its claims on', async () => {
    const authorize = jest.fn<NonNullable<GatewayOptions['authorize']>>(async ({ headers: { authorization } }) =>
      authorization === 'Bearer good'
        ? { jwt: { claims: { sub: 'someone', scope: 'posts:read' } } }
        : { refused: authorization === undefined ? 401 : 403, challenge: 'Bearer' },
    );
    const own = await start({ authorize });

    const none = await call(own, '/api/v1/guarded');
    const bad = await call(own, '/api/v1/guarded', { headers: { Authorization: 'Bearer bad' } });
    const good = await call(own, '/api/v1/guarded', { headers: { Authorization: 'Bearer good' } });
    const open = await call(own, '/api/v1/things');

    expect([none, bad].map((answer) => [answer.status, messageOf(answer)])).toEqual([
      [401, 'Unauthorized'],
      [403, 'Forbidden'],
    ]);
    expect(none.headers['www-authenticate']).toBe('Bearer');
    expect(eventOf(good).requestContext.authorizer).toEqual({
      jwt: { claims: { sub: 'someone', scope: 'posts:read' } },
    });
    expect(open.status).toBe(200);
    expect(authorize).toHaveBeenCalledTimes(3);
    expect(authorize).toHaveBeenLastCalledWith(expect.objectContaining({ scope: 'posts:read' }));
    await own.close(0);
  });
});

describe('start and stop', () => {
  test('requests that come before it opens are answered when it does', async () => {
    const own = await startHttpAdapter(LOOPBACK, { routes, load: async () => echo, anyHost: false });

    const early = call(own, '/api/v1/things');
    own.open();

    expect((await early).status).toBe(200);
    await own.close(0);
  });

  test('closing waits for the requests under way, and takes no more', async () => {
    const { promise: finish, resolve } = Promise.withResolvers<void>();
    const { promise: entered, resolve: enter } = Promise.withResolvers<void>();
    const slow: Handler = async () => {
      enter();
      await finish;
      return 'done';
    };
    const own = await start({ load: async () => slow });
    const underWay = call(own, '/api/v1/things');
    await entered;

    const closed = own.close(10_000);
    await expect(call(own, '/api/v1/things')).rejects.toThrow(/ECONNREFUSED/);
    resolve();

    expect((await underWay).bytes.toString()).toBe('"done"');
    await closed;
  });

  test('closing cuts off what does not end in time', async () => {
    const own = await start();
    const hanging = call(own, '/api/v1/hangs').catch((error: unknown) => error);

    const closed = own.close(1);

    expect(await hanging).toMatchObject({ code: expect.stringMatching(/ECONNRESET|ECONNREFUSED/) });
    await closed;
  });

  test('a client that goes away in the middle of its request does not disturb the others', async () => {
    const { hostname, port } = new URL(adapter.url);
    const socket = connect(Number(port), hostname);
    socket.write('POST /api/v1/things HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf', () =>
      socket.destroy(),
    );
    await once(socket, 'close');

    expect((await call(adapter, '/api/v1/things')).status).toBe(200);
  });

  test('a taken port is one clear line', async () => {
    const port = Number(new URL(adapter.url).port);

    await expect(
      startHttpAdapter({ host: '127.0.0.1', port }, { routes, load: async () => echo, anyHost: false }),
    ).rejects.toThrow(`PORT: ${port} is taken; stop what uses it, or set another`);
  });
});
