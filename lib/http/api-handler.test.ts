import { beforeEach, expect, test } from '@jest/globals';
import { z } from 'zod';
import { cursorSchema, endpoint, idParamSchema, idSchema, limitSchema, pageOf } from '../contract.ts';
import { ServiceError } from '../errors.ts';
import { invoke } from '../testing/invoke.ts';
import { captureLogs } from '../testing/logs.ts';
import { apiHandler, type RequestContext } from './api-handler.ts';
import { finishedOr202, reply } from './reply.ts';

const about = { summary: 'For tests', tags: ['test'] };
const itemSchema = z.object({ id: idSchema, text: z.string() });
const noDeps = async () => ({});

const listItems = endpoint({
  ...about,
  method: 'GET',
  path: '/posts/{id}/items',
  operationId: 'listItems',
  scope: 'posts:read',
  request: z.object({
    params: z.object({ id: idParamSchema }),
    query: z.object({ limit: limitSchema, cursor: cursorSchema.optional(), q: z.string().max(10).optional() }),
  }),
  responses: { 200: pageOf(itemSchema) },
  problems: ['account_not_found', 'post_not_found'],
});
const listing = (seen: unknown[] = []) =>
  apiHandler(listItems, noDeps, (input) => {
    seen.push(input);
    return { next: 'N', previous: null, results: [{ id: 1, text: 'a', secret: 'column' }] };
  });

const createItem = endpoint({
  ...about,
  method: 'POST',
  path: '/items',
  operationId: 'createItem',
  scope: 'comments:write',
  request: z.object({
    headers: z.object({ 'idempotency-key': z.string().max(5).optional() }),
    body: z.object({
      text: z.string().default('nothing'),
      children: z.array(z.object({ url: z.url() })).default([]),
      free: z.unknown().optional(),
    }),
  }),
  responses: { 201: z.object({ text: z.string(), free: z.unknown().optional() }), 204: z.undefined() },
  problems: [],
});
const creating = apiHandler(createItem, noDeps, ({ body: { text, free } }) =>
  text === 'away' ? reply(204, undefined) : { text, free },
);

const runIt = endpoint({
  ...about,
  method: 'POST',
  path: '/run',
  operationId: 'run',
  scope: null,
  request: z.object({}),
  responses: { 200: z.object({ done: z.boolean() }), 202: z.object({ done: z.boolean() }) },
  longRunning: true,
  problems: [],
});
const running = (requests: RequestContext[] = [], done = true) =>
  apiHandler(runIt, noDeps, (_input, _deps, request) => {
    requests.push(request);
    return finishedOr202(done, { done }, request.urlOf('/run/5'));
  });
/** A handler without input that answers what the test passes in. */
const doing = (act: () => { done: boolean } | Promise<{ done: boolean }>) => apiHandler(runIt, noDeps, act);

let logs: ReturnType<typeof captureLogs>;
beforeEach(() => {
  logs = captureLogs();
});

test('a page has links and defaults, and no column that the contract does not name', async () => {
  const seen: unknown[] = [];
  const answer = await invoke(listing(seen), '/posts/5/items?q=a%2Cb&other=1');
  expect(answer).toMatchObject({
    status: 200,
    headers: {
      'content-type': 'application/json',
      'x-request-id': 'request-1',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    },
  });
  expect(answer.body).toEqual({
    next: 'https://api.test/api/v1/posts/5/items?q=a%2Cb&other=1&cursor=N',
    previous: null,
    results: [{ id: 1, text: 'a' }],
  });
  expect(seen).toEqual([{ params: { id: 5 }, query: { limit: 20, q: 'a,b' } }]);
});

test('the links of a page can be followed', async () => {
  const seen: unknown[] = [];
  const handler = listing(seen);
  await invoke(handler, (await invoke(handler, 'http://localhost:8000/api/v1/posts/5/items?limit=7')).body.next);
  expect(seen[1]).toEqual({ params: { id: 5 }, query: { limit: 7, cursor: 'N' } });
});

test.each([
  ['0'],
  ['-1'],
  ['1.5'],
  ['100000000000000000000'],
  ['9007199254740992'],
  ["'; DROP"],
  ['%00'],
  ['05'],
  ['1e3'],
])('an id that can name nothing is the 404 of what it would name: %s', async (id) => {
  const answer = await invoke(listing(), `/posts/${encodeURIComponent(decodeURIComponent(id))}/items`);
  expect(answer).toMatchObject({ status: 404, body: { code: 'post_not_found' } });
});

test('an impossible id is the first 404 that the contract lists if no name fits', async () => {
  const contract = { ...listItems, path: '/instagram/images/{id}' } as const;
  const handler = apiHandler(contract, noDeps, () => ({ next: null, previous: null, results: [] }));
  expect(await invoke(handler, '/instagram/images/x')).toMatchObject({ body: { code: 'account_not_found' } });
});

test('an impossible id is not_found if the contract lists no other 404', async () => {
  const contract = { ...listItems, problems: [] };
  const handler = apiHandler(contract, noDeps, () => ({ next: null, previous: null, results: [] }));
  expect(await invoke(handler, '/posts/x/items')).toMatchObject({ status: 404, body: { code: 'not_found' } });
});

test.each([
  ['limit=0', 'limit', /1 to 100/],
  ['limit=101', 'limit', /1 to 100/],
  ['limit=-1', 'limit', /1 to 100/],
  ['limit=ten', 'limit', /1 to 100/],
  ['limit=', 'limit', /1 to 100/],
  ['limit=1&limit=2', 'limit', /once/],
  ['cursor=a&cursor=b', 'cursor', /once/],
  ['q=12345678901', 'q', /10/],
  ['q=a%00b', 'q', /NUL/],
])('a query that makes no sense is refused with its place: %s', async (query, path, message) => {
  const answer = await invoke(listing(), `/posts/5/items?${query}`);
  expect(answer).toMatchObject({ status: 400, headers: { 'content-type': 'application/problem+json' } });
  expect(answer.body).toMatchObject({
    code: 'validation_failed',
    instance: '/api/v1/posts/5/items',
    request_id: 'request-1',
    errors: [{ path, message: expect.stringMatching(message) }],
  });
});

test.each([['q=%FF%FE'], ['q=%'], ['&&=&==;'], ['__proto__=1&constructor=2&toString=3'], [`x=${'y'.repeat(8_000)}`]])(
  'a query that is only strange is taken: %s',
  async (query) => {
    expect(await invoke(listing(), `/posts/5/items?${query}`)).toMatchObject({ status: 200 });
  },
);

test('every spelling of the JSON content type is accepted', async () => {
  for (const type of ['application/json', 'Application/JSON; charset=utf-8', 'application/vnd.x+json ;a=b']) {
    const answer = await invoke(creating, '/items', {
      body: '{"text":"hé"}',
      headers: { 'Content-Type': type },
    });
    expect(answer).toMatchObject({ status: 201, body: { text: 'hé' } });
  }
});

test('base64 and a byte order mark are accepted', async () => {
  const body = Buffer.from('\ufeff{"text":"жук"}');
  const answer = await invoke(creating, '/items', { body, headers: { 'content-type': 'application/json' } });
  expect(answer).toMatchObject({ status: 201, body: { text: 'жук' } });
});

test.each([[undefined], [''], [Buffer.alloc(0)]])(
  'an absent body is {} and needs no content type: %p',
  async (body) => {
    for (const headers of [{}, { 'content-type': 'text/plain' }]) {
      expect(await invoke(creating, '/items', { body, headers })).toMatchObject({
        status: 201,
        body: { text: 'nothing' },
      });
    }
  },
);

test.each([
  [{}],
  [{ 'content-type': '' }],
  [{ 'content-type': 'text/plain' }],
  [{ 'content-type': 'application/x-www-form-urlencoded' }],
  [{ 'content-type': 'application/jsonp' }],
  [{ 'content-type': 'multipart/form-data; boundary=x' }],
  [{ 'content-type': 'application/json', 'content-encoding': 'gzip' }],
])('a body of another type is 415: %j', async (headers) => {
  expect(await invoke(creating, '/items', { body: '{}', headers })).toMatchObject({
    status: 415,
    body: { code: 'unsupported_media_type' },
  });
});

test.each([['{'], ['{"text":}'], [' '], ["{'text':1}"], ['NaN'], [Buffer.from([0x22, 0xff, 0x22])]])(
  'a body that is no JSON is invalid_json, and is not repeated: %p',
  async (body) => {
    const answer = await invoke(creating, '/items', { body, headers: { 'content-type': 'application/json' } });
    expect(answer).toMatchObject({
      status: 400,
      body: { code: 'invalid_json', detail: expect.not.stringContaining('text') },
    });
  },
);

test.each([
  ['null', ''],
  ['[]', ''],
  ['"x"', ''],
  ['{"text":null}', 'text'],
  ['{"text":1}', 'text'],
  ['{"children":[{"url":"https://a.test"},{"url":"no"}]}', 'children.1.url'],
  ['{"text":"a\\u0000b"}', 'text'],
  ['{"text":"\\ud800"}', 'text'],
  ['{"free":{"a":["\\u0000"]}}', 'free.a.0'],
])('a body of the wrong shape is validation_failed with the place: %s', async (body, path) => {
  const answer = await invoke(creating, '/items', { body, headers: { 'content-type': 'application/json' } });
  expect(answer).toMatchObject({ status: 400, body: { code: 'validation_failed', errors: [{ path }] } });
});

test('a body nested too deep is refused, also at a depth of a hundred thousand', async () => {
  for (const depth of [40, 100_000]) {
    const body = `{"free":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    expect(await invoke(creating, '/items', { body, headers: { 'content-type': 'application/json' } })).toMatchObject({
      status: 400,
    });
  }
});

test('a body of more values than any request has is refused before it is parsed', async () => {
  const body = `{"free":[${'{},'.repeat(100_000)}`; // the parser would find that it never ends
  const answer = await invoke(creating, '/items', { body, headers: { 'content-type': 'application/json' } });
  expect(answer).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
});

test.each([
  ['{"text":"a","__proto__":{"x":1}}'],
  ['{"free":{"__proto__":{"x":1}}}'],
  ['{"free":[{"constructor":{"prototype":{"x":1}}}]}'],
  ['{"__proto__":null}'],
])('a key that would reach a prototype is refused: %s', async (body) => {
  const answer = await invoke(creating, '/items', { body, headers: { 'content-type': 'application/json' } });
  expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_json' } });
  expect({}).not.toHaveProperty('x');
});

test('of a thousand mistakes in a body, fifty are named', async () => {
  const children = Array.from({ length: 1_000 }, () => ({ url: 1 }));
  const { body } = await invoke(creating, '/items', { body: { children } });
  expect(body).toHaveProperty('errors.length', 50);
});

test('a header that breaks its schema is validation_failed', async () => {
  const answer = await invoke(creating, '/items', { headers: { 'Idempotency-Key': '123456' } });
  expect(answer).toMatchObject({ status: 400, body: { errors: [{ path: 'idempotency-key' }] } });
});

test('a body of 4.5 MB is taken, one byte more is 413, counted after base64', async () => {
  const limit = 4.5 * 1024 * 1024;
  const json = (bytes: number) => `{"text":"${'x'.repeat(bytes - 11)}"}`;
  const headers = { 'content-type': 'application/json' };
  const send = (body: string | Buffer) => invoke(creating, '/items', { body, headers });
  expect(await send(json(limit))).toMatchObject({ status: 201 });
  expect(await send(Buffer.from(json(limit)))).toMatchObject({ status: 201 });
  expect(await send(json(limit + 1))).toMatchObject({ status: 413, body: { code: 'payload_too_large' } });
  expect(await send(Buffer.from(json(limit + 1)))).toMatchObject({ status: 413 });
});

test('a multipart body is passed on as bytes, and no other type is accepted for it', async () => {
  const contract = endpoint({
    ...about,
    method: 'POST',
    path: '/image',
    operationId: 'upload',
    scope: null,
    consumes: 'multipart/form-data',
    request: z.object({ headers: z.object({ 'content-type': z.string() }), body: z.instanceof(Uint8Array) }),
    responses: { 201: z.object({ bytes: z.array(z.number()), type: z.string() }) },
    problems: [],
  });
  const handler = apiHandler(contract, noDeps, ({ body, headers }) => ({
    bytes: [...body],
    type: headers['content-type'],
  }));
  const type = 'multipart/form-data; boundary=x';
  const body = Buffer.from([0, 255, 10]);
  expect(await invoke(handler, '/image', { body, headers: { 'content-type': type } })).toMatchObject({
    status: 201,
    body: { bytes: [0, 255, 10], type },
  });
  expect(await invoke(handler, '/image', { body: {} })).toMatchObject({ status: 415 });
});

test('a token without the scope is 403, before the request is validated', async () => {
  const options = { body: '{', claims: { sub: 'a', scope: 'posts:read' } };
  expect(await invoke(creating, '/items', options)).toMatchObject({
    status: 403,
    headers: { 'www-authenticate': 'Bearer error="insufficient_scope", scope="comments:write"' },
    body: { code: 'forbidden', request_id: 'request-1' },
  });
  expect(await invoke(creating, '/items', { claims: { sub: 'a', scp: ['comments:write'] } })).toMatchObject({
    status: 201,
  });
});

test('the route for trailing slashes takes nothing after the slash', async () => {
  expect(await invoke(listing(), '/posts/5/items/', { pathParameters: { proxy: '' } })).toMatchObject({
    status: 200,
    body: { next: 'https://api.test/api/v1/posts/5/items/?cursor=N' },
  });
  for (const proxy of ['x', '/', 'x/y']) {
    const answer = await invoke(listing(), `/posts/5/items/${proxy}`, { pathParameters: { id: '5', proxy } });
    expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } });
  }
});

test('a reply has its status and headers, and a 204 has no body', async () => {
  expect(await invoke(creating, '/items', { body: { text: 'away' } })).toEqual({
    status: 204,
    headers: { 'x-request-id': 'request-1', 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' },
    body: undefined,
  });
});

test('a long operation says what it applied of Prefer, and where its result will be', async () => {
  const requests: RequestContext[] = [];
  const waited = await invoke(running(requests), '/run', { headers: { Prefer: 'wait=60' } });
  expect(waited).toMatchObject({ status: 200, headers: { 'preference-applied': 'wait=25' } });
  expect(requests[0]?.prefer.wait).toBe(25);

  const accepted = await invoke(running(requests, false), '/run', { headers: { Prefer: 'respond-async' } });
  expect(accepted).toMatchObject({
    status: 202,
    headers: { 'preference-applied': 'respond-async', location: 'https://api.test/api/v1/run/5' },
  });
  expect(requests[1]?.waitUntil).toBeLessThanOrEqual(performance.now());
});

test('a deprecated operation says in every answer since when, and when it may be removed', async () => {
  const contract = { ...runIt, deprecated: { since: '2026-11-01', sunset: '2027-05-01' } };
  const handler = apiHandler(contract, noDeps, () => ({ done: true }));
  const failing = apiHandler(contract, noDeps, () => {
    throw new ServiceError('not_found', 'No');
  });
  for (const answer of [await invoke(handler, '/run'), await invoke(failing, '/run')]) {
    expect(answer.headers).toMatchObject({
      deprecation: '@1793491200',
      sunset: 'Sat, 01 May 2027 00:00:00 GMT',
    });
  }
  expect((await invoke(running(), '/run')).headers).not.toHaveProperty('deprecation');
});

test('an operation that does not wait applies no preference', async () => {
  const { headers } = await invoke(creating, '/items', { headers: { Prefer: 'wait=5' } });
  expect(headers).not.toHaveProperty('preference-applied');
});

test.each([
  ['27 s after the gateway took the request', { timeEpoch: 0 }, 27_000],
  ['no later for a gateway whose clock is ahead', { timeEpoch: 60_000 }, 27_000],
  ['earlier for a request that took long to arrive', { timeEpoch: -20_000 }, 7_000],
  ['a second before the environment is stopped', { timeEpoch: 0, remainingMs: 5_000 }, 4_000],
])('the deadline is %s', async (_when, { timeEpoch, ...options }, budgetMs) => {
  const requests: RequestContext[] = [];
  const before = performance.now();
  await invoke(running(requests), '/run', { ...options, timeEpoch: Date.now() + timeEpoch });
  const after = performance.now();
  const { deadline = 0, waitUntil = 0 } = requests[0] ?? {};
  const tookMs = after - before + 2; // clocks of whole milliseconds
  expect(deadline).toBeGreaterThanOrEqual(before + budgetMs - tookMs);
  expect(deadline).toBeLessThanOrEqual(after + budgetMs);
  expect(waitUntil).toBeLessThanOrEqual(deadline);
});

test('a request that overruns is answered before the environment is stopped', async () => {
  const answer = await invoke(
    doing(() => new Promise(() => {})),
    '/run',
    { remainingMs: 510 },
  );
  expect(answer).toMatchObject({
    status: 500,
    body: { code: 'internal_error', detail: expect.stringContaining('too long') },
  });
});

test('an error of the use case is answered with its own code', async () => {
  const refusing = doing(() => {
    throw new ServiceError('instagram_rate_limited', 'Later', { retryAfterSeconds: 90 });
  });
  expect(await invoke(refusing, '/run')).toMatchObject({
    status: 503,
    headers: { 'retry-after': '90' },
    body: { code: 'instagram_rate_limited', detail: 'Later' },
  });
  const failed = logs().filter(({ event }) => event === 'request_failed');
  expect(failed).toMatchObject([{ level: 'WARN', code: 'instagram_rate_limited', request_id: 'request-1' }]);
});

test('a bug is logged once, with the request id and without values, and answered as a plain 500', async () => {
  const buggy = doing(() => {
    throw Object.assign(new Error('token=SECRET'), { detail: 'SECRET', code: '23505', values: ['SECRET'] });
  });
  const answer = await invoke(buggy, '/run?access_token=SECRET', {
    headers: { authorization: 'SECRET' },
    body: 'SECRET',
  });
  expect(answer).toMatchObject({
    status: 500,
    headers: { 'content-type': 'application/problem+json', 'x-request-id': 'request-1' },
    body: { code: 'internal_error', request_id: 'request-1' },
  });
  expect(logs().filter(({ event }) => event === 'request_failed')).toMatchObject([
    {
      level: 'ERROR',
      request_id: 'request-1',
      error: { code: '23505', name: 'Error', stack: expect.stringContaining(' at ') },
    },
  ]);
  expect(JSON.stringify([answer, logs()])).not.toContain('SECRET');
});

test('the start and the end of a request are logged with route, status, time and request id', async () => {
  await invoke(listing(), '/posts/5/items?q=SECRET', { requestId: 'request-9' });
  await invoke(listing(), '/posts/5/items?limit=0', { requestId: 'request-10' });
  const route = 'GET /api/v1/posts/{id}/items';
  expect(logs()).toMatchObject([
    { level: 'INFO', event: 'request_started', route, request_id: 'request-9' },
    { event: 'request_finished', route, status: 200, ms: expect.any(Number), request_id: 'request-9' },
    { event: 'request_started', route, request_id: 'request-10' },
    { event: 'request_finished', status: 400, code: 'validation_failed', request_id: 'request-10' },
  ]);
  expect(JSON.stringify(logs())).not.toContain('SECRET');
});

test('an answer that breaks the contract is a logged 500 without its values', async () => {
  const wrong = doing(async () => JSON.parse('{"done":"SECRET"}'));
  expect(await invoke(wrong, '/run')).toMatchObject({ status: 500, body: { code: 'internal_error' } });
  const failed = logs().filter(({ event }) => event === 'request_failed');
  expect(failed).toMatchObject([{ level: 'ERROR', issues: ['done: invalid_type'] }]);
  expect(JSON.stringify(failed)).not.toContain('SECRET');
});

test('dependencies are composed for the first request, kept, and composed again after a failure', async () => {
  let composed = 0;
  const compose = async () => {
    if (++composed === 1) throw new ServiceError('database_unavailable', 'Away');
    return { composed };
  };
  const handler = apiHandler(runIt, compose, (_input, deps) => ({ done: deps.composed === 2 }));
  expect(composed).toBe(0);
  expect(await invoke(handler, '/run')).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
  expect(await invoke(handler, '/run')).toMatchObject({ status: 200, body: { done: true } });
  expect(await invoke(handler, '/run')).toMatchObject({ status: 200, body: { done: true } });
});
