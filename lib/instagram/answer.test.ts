import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { everyWordOf, failureOf, GRAPH_URL, graph, graphError, TOKEN, useNock } from '../testing/instagram.ts';
import type { GraphCall } from './graph.ts';
import { createTransport, type TransportOptions } from './transport.ts';

useNock();

const transport = (options: Partial<TransportOptions> = {}) =>
  createTransport({ login: 'instagram', graphUrl: GRAPH_URL, version: 'v25.0', token: TOKEN, ...options });
const idSchema = z.looseObject({ id: z.string() });
const READ: GraphCall<{ id: string }> = { path: ['17900000000000001'], params: { fields: 'id' }, schema: idSchema };
const readPath = '/17900000000000001?fields=id';

describe('the answer to a call', () => {
  test('unknown keys are allowed, and integers beyond 2^53 keep their digits', async () => {
    graph()
      .get(readPath)
      .reply(200, '{"id":17841400000000123,"big":-90071992547409931,"n":12,"text":"a: 12345678901234567890"}');
    const answer = await transport()({ ...READ, schema: z.looseObject({}) });
    expect(answer).toEqual({
      id: '17841400000000123',
      big: '-90071992547409931',
      n: 12,
      text: 'a: 12345678901234567890',
    });
  });

  test('an error is recognized by its codes, as numbers or as text', async () => {
    graph()
      .get(readPath)
      .reply(400, graphError('190', '463', { message: 'Session has expired' }));
    const error = await failureOf(transport()(READ));
    expect(error).toMatchObject({
      kind: 'token',
      code: 190,
      subcode: 463,
      httpStatus: 400,
      problemCode: 'instagram_token_invalid',
      details: { code: 190, error_subcode: 463, message: 'Session has expired', fbtrace_id: 'AbC123' },
      failure: null,
    });
    expect(error.message).toContain('GET {id}: The access token has expired');
    graph().get(readPath).reply(400, graphError(-1, 2207001));
    expect(await failureOf(transport()(READ))).toMatchObject({ code: -1, subcode: 2207001, kind: 'transient' });
  });

  test.each([
    ['an error under HTTP 200', 200, graphError(4), { kind: 'throttled', code: 4 }],
    ['an error that is a text', 400, { error: 'no such thing' }, { kind: 'rejected', code: null }],
    [
      "the flat form of Instagram's login",
      400,
      { error_type: 'OAuthException', code: 400, error_message: 'Invalid platform app' },
      { kind: 'rejected', code: 400, details: expect.objectContaining({ message: 'Invalid platform app' }) },
    ],
    ['a code that is no number', 400, graphError('many'), { kind: 'rejected', code: null }],
    ['a server error without an envelope', 503, { message: 'Service Unavailable' }, { kind: 'transient' }],
    ['a refusal without an envelope', 403, { message: 'Forbidden' }, { kind: 'rejected', writeEffect: 'maybe' }],
    ['`error: null` with a valid answer is none', 200, { error: null, id: '1' }, null],
  ])('an answer is read: %s', async (_name, status, body, expected) => {
    graph().get(readPath).reply(status, body);
    const outcome = await transport()(READ).catch((error: unknown) => error);
    if (expected === null) expect(outcome).toMatchObject({ id: '1' });
    else expect(outcome).toMatchObject({ name: 'InstagramError', ...expected });
  });

  test.each([
    ['an HTML page', 200, '<html><body>Sorry, something went wrong</body></html>', 'not JSON'],
    ['an HTML page of a proxy', 502, '<h1>Bad gateway</h1>', 'not JSON'],
    ['nothing', 200, '', 'empty'],
    ['white space', 200, ' \n', 'empty'],
    ['truncated JSON', 200, '{"id":"1790000', 'broken-off JSON'],
  ])('%s is transient', async (_name, status, body, note) => {
    graph().get(readPath).reply(status, body, { 'content-type': 'text/html' });
    const error = await failureOf(transport()(READ));
    expect(error).toMatchObject({ kind: 'transient', failure: 'unreadable', retry: 'soon', code: null });
    expect(error.message).toContain(note);
  });

  test('the beginning of an HTML page is kept, but nothing of truncated JSON, which holds captions', async () => {
    graph()
      .get(readPath)
      .reply(502, `<p>${TOKEN}</p>${'é'.repeat(1000)}`);
    const { excerpt } = await failureOf(transport()(READ));
    expect(excerpt).toMatch(/^<p>\[redacted\]<\/p>é+$/);
    expect(Buffer.byteLength(excerpt ?? '')).toBeLessThanOrEqual(500);
    graph().get(readPath).reply(200, '{"caption":"private');
    expect(everyWordOf(await failureOf(transport()(READ)))).not.toContain('private');
  });

  test.each([
    ['an object without the field', '{"name":"x"}', '(HTTP 200, id)'],
    ['a field of another type', '{"id":["planted value"]}', '(HTTP 200, id)'],
    ['a list', '[]', '(HTTP 200, the whole)'],
    ['a text', '"planted value"', '(HTTP 200, the whole)'],
  ])('%s is malformed, named by its path and never by its value', async (_name, body, where) => {
    graph().get(readPath).reply(200, body);
    const error = await failureOf(transport()(READ));
    expect(error).toMatchObject({ kind: 'malformed', retry: 'never', problemCode: 'instagram_error' });
    expect(error.message).toContain(where);
    expect(everyWordOf(error)).not.toContain('planted value');
  });

  test('a redirect is not followed', async () => {
    graph().get(readPath).reply(302, '', { location: 'https://elsewhere.test/' });
    const error = await failureOf(transport()(READ));
    expect(error).toMatchObject({ kind: 'malformed', failure: 'redirect', httpStatus: 302 });
  });

  test('an answer that is too large is not read to its end, and the caller should ask for less', async () => {
    graph()
      .get(readPath)
      .reply(200, { id: 'x'.repeat(2000) });
    const error = await failureOf(transport({ maxBytes: 1000 })(READ));
    expect(error).toMatchObject({ kind: 'transient', failure: 'too_large', retry: 'less', hint: 'reduce' });
  });
});

describe('the time to wait after an error', () => {
  const regain = { 'x-business-use-case-usage': '{"1":[{"call_count":100,"estimated_time_to_regain_access":12}]}' };

  test.each([
    ['the usage headers of a limited call', 400, graphError(80002), regain, 720],
    ['usage headers beside an error that is about no limit', 400, graphError(190), regain, null],
    ['Retry-After in seconds', 503, graphError(2), { 'retry-after': '7' }, 7],
    ['usage headers and a longer Retry-After', 429, graphError(4), { ...regain, 'retry-after': '900' }, 900],
    ['an absurd Retry-After', 503, graphError(2), { 'retry-after': '999999999' }, 86_400],
    ['a Retry-After that is none', 503, graphError(2), { 'retry-after': 'soon' }, null],
    ['a Retry-After that is over', 503, graphError(2), { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }, null],
    ['what the table advises for a blocked account', 400, graphError(368), {}, 900],
    ['a shorter time than the table’s, stated by Instagram', 400, graphError(368), { 'retry-after': '60' }, 60],
    [
      'a longer time than the table’s, stated by Instagram',
      400,
      graphError(4, 2207051),
      { 'retry-after': '3600' },
      3600,
    ],
  ])('the time to wait comes from: %s', async (_name, status, body, headers, seconds) => {
    graph().get(readPath).reply(status, body, headers);
    expect((await failureOf(transport()(READ))).retryAfterSeconds).toBe(seconds);
  });

  test('a date in Retry-After gives the seconds until then', async () => {
    graph()
      .get(readPath)
      .reply(503, graphError(2), { 'retry-after': new Date(Date.now() + 60_000).toUTCString() });
    const { retryAfterSeconds } = await failureOf(transport()(READ));
    expect(retryAfterSeconds).toBeGreaterThan(50);
    expect(retryAfterSeconds).toBeLessThanOrEqual(60);
  });

  test('HTTP 429 throttles calls even when a proxy answers it in HTML', async () => {
    graph().get(readPath).reply(429, '<h1>Too many</h1>', { 'retry-after': '30' });
    expect(await failureOf(transport()(READ))).toMatchObject({ kind: 'throttled', retryAfterSeconds: 30 });
  });
});
