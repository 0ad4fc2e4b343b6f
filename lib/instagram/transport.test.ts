import { createHmac } from 'node:crypto';
import { describe, expect, jest, test } from '@jest/globals';
import type nock from 'nock';
import { z } from 'zod';
import { logger } from '../logger.ts';
import { everyWordOf, failureOf, GRAPH_URL, graph, graphError, TOKEN, useNock } from '../testing/instagram.ts';
import { toServiceError } from './errors.ts';
import type { GraphCall } from './graph.ts';
import { type CallReport, createTransport, type TransportOptions } from './transport.ts';
import type { Usage } from './usage.ts';

useNock();

const transport = (options: Partial<TransportOptions> = {}) =>
  createTransport({ login: 'instagram', graphUrl: GRAPH_URL, version: 'v25.0', token: TOKEN, ...options });
const idSchema = z.looseObject({ id: z.string() });
const READ: GraphCall<{ id: string }> = { path: ['17900000000000001'], params: { fields: 'id' }, schema: idSchema };
const WRITE: GraphCall<{ id: string }> = {
  method: 'POST',
  path: ['17900000000000001', 'comments'],
  body: { message: 'well & good = 100 % 👍' },
  schema: idSchema,
};
const readPath = '/17900000000000001?fields=id';
const writePath = '/17900000000000001/comments';

describe('the effect of a failed write', () => {
  const systemError = (code: string, syscall?: string) =>
    Object.assign(new Error(`${code} ${TOKEN}`), { code, syscall });

  test.each([
    ['ENOTFOUND', 'getaddrinfo', 'none_retryable', 'not_sent'],
    ['EAI_AGAIN', 'getaddrinfo', 'none_retryable', 'not_sent'],
    ['ECONNREFUSED', 'connect', 'none_retryable', 'not_sent'],
    ['ECONNREFUSED', undefined, 'none_retryable', 'not_sent'],
    ['EHOSTUNREACH', 'connect', 'none_retryable', 'not_sent'],
    ['ETIMEDOUT', 'connect', 'none_retryable', 'not_sent'],
    ['UND_ERR_CONNECT_TIMEOUT', undefined, 'none_retryable', 'not_sent'],
    ['ETIMEDOUT', 'read', 'maybe', 'connection_lost'],
    ['ECONNRESET', 'read', 'maybe', 'connection_lost'],
    ['EPIPE', 'write', 'maybe', 'connection_lost'],
    ['UND_ERR_SOCKET', undefined, 'maybe', 'connection_lost'],
    ['odd text: not a code', undefined, 'maybe', 'connection_lost'],
  ])('after %s of %p a write has done: %s', async (code, syscall, writeEffect, failure) => {
    graph().post(writePath).replyWithError(systemError(code, syscall));
    const error = await failureOf(transport()(WRITE));
    expect(error).toMatchObject({ kind: 'transient', writeEffect, failure });
    expect(error.problemCode).toBe(writeEffect === 'maybe' ? 'outcome_unknown' : 'instagram_error');
    expect(everyWordOf(error)).not.toContain(TOKEN);
  });

  test.each([
    ['throttling', 400, graphError(80002), 'maybe', 'instagram_rate_limited'],
    ['a dead token', 400, graphError(190, 460), 'none_retryable', 'instagram_token_invalid'],
    ['refused content', 400, graphError(100), 'none_final', 'instagram_rejected'],
    ['a permission', 403, graphError(10), 'none_final', 'instagram_permission_missing'],
    ['a refusal that published all the same', 400, graphError(20, 1772107), 'maybe', 'outcome_unknown'],
    ['spam', 400, graphError(4, 2207051), 'maybe', 'instagram_rejected'],
    ['an unknown error', 500, graphError(1), 'maybe', 'outcome_unknown'],
    ['a code nobody knows', 400, graphError(4711), 'maybe', 'outcome_unknown'],
    ['a missing object', 400, graphError(100, 33), 'maybe', 'instagram_error'],
    ['a refusal under a server error', 500, graphError(100), 'maybe', 'instagram_rejected'],
    ['a success that is HTML', 200, '<html></html>', 'maybe', 'outcome_unknown'],
    ['a truncated success', 200, '{"id":"178', 'maybe', 'outcome_unknown'],
    ['a success of another shape', 200, '{"ok":true}', 'maybe', 'outcome_unknown'],
    ['an empty success', 200, '', 'maybe', 'outcome_unknown'],
    ['a redirect', 307, '', 'maybe', 'outcome_unknown'],
  ])(
    'the effect of a write is known as far as it can be after %s',
    async (_name, status, body, writeEffect, problemCode) => {
      graph().post(writePath).reply(status, body);
      expect(await failureOf(transport()(WRITE))).toMatchObject({ writeEffect, problemCode });
    },
  );

  test.each([
    ['after its deadline', { deadline: performance.now() - 1 }, 'deadline'],
    ['with a deadline that is no number', { deadline: Number.NaN }, 'deadline'],
    ['after it was cancelled', { signal: AbortSignal.abort() }, 'cancelled'],
  ])('%s, nothing is sent', async (_name, limits, failure) => {
    const reports: CallReport[] = [];
    const error = await failureOf(transport({ onCall: (report) => reports.push(report) })(WRITE, limits));
    expect(error).toMatchObject({ failure, writeEffect: 'none_retryable' });
    expect(reports).toEqual([]);
  });
});

describe('observers', () => {
  const observed = () => {
    const usages: Usage[] = [];
    const reports: CallReport[] = [];
    return {
      usages,
      reports,
      onUsage: (one: Usage) => usages.push(one),
      onCall: (one: CallReport) => reports.push(one),
    };
  };

  test('usage is reported after every answer that has it, also after errors and unreadable answers', async () => {
    const { usages, ...observers } = observed();
    const call = transport(observers);
    graph().get(readPath).reply(200, { id: '1' }, { 'x-app-usage': '{"call_count":1}' });
    graph().get(readPath).reply(400, graphError(4), { 'x-app-usage': '{"call_count":2}' });
    graph().get(readPath).reply(502, '<html>', { 'x-app-usage': '{"call_count":3}' });
    graph().get(readPath).reply(200, { id: '1' });
    for (let calls = 0; calls < 4; calls += 1) await call(READ).catch(() => undefined);
    expect(usages.map(({ percent }) => percent)).toEqual([1, 2, 3]);
  });

  test('every attempt is reported with its path, without ids', async () => {
    const { reports, ...observers } = observed();
    const call = transport(observers);
    graph().get(readPath).reply(200, { id: '1' });
    graph().post(writePath).reply(400, graphError(368));
    graph()
      .get(readPath)
      .replyWithError(Object.assign(new Error(), { code: 'ECONNREFUSED' }));
    await call(READ);
    await failureOf(call(WRITE));
    await failureOf(call(READ));
    expect(reports).toEqual([
      { method: 'GET', path: '{id}', kind: 'ok', httpStatus: 200, ms: expect.any(Number) },
      { method: 'POST', path: '{id}/comments', kind: 'blocked', httpStatus: 400, ms: expect.any(Number) },
      { method: 'GET', path: '{id}', kind: 'transient', httpStatus: null, ms: expect.any(Number) },
    ]);
  });

  test('an observer that fails does not cost the answer', async () => {
    const warn = jest.spyOn(logger, 'warn').mockImplementation(() => undefined);
    graph().post(writePath).reply(200, { id: '1' }, { 'x-app-usage': '{"call_count":1}' });
    const observers: Partial<TransportOptions> = {
      onCall: () => {
        throw new Error('metrics away');
      },
      onUsage: async () => {
        throw new Error('database away');
      },
    };
    await expect(transport(observers)(WRITE)).resolves.toEqual({ id: '1' });
    expect(warn).toHaveBeenCalledTimes(2);
  });
});

describe('secrets', () => {
  const SECRET = 'app-Secret/0815';
  const proof = createHmac('sha256', SECRET).update(TOKEN).digest('hex');
  const echo = `Malformed access token ${TOKEN}, see ?access_token=${TOKEN}&appsecret_proof=${proof} (${SECRET})`;
  const paging = { next: `${GRAPH_URL}/v25.0/1/media?access_token=${TOKEN}` };

  test.each<[string, (scope: nock.Interceptor) => nock.Scope]>([
    ['in an error message', (one) => one.reply(400, graphError(190, null, { message: echo, error_user_msg: echo }))],
    ['in a trace id', (one) => one.reply(400, graphError(1, null, { fbtrace_id: TOKEN }))],
    ['in a page', (one) => one.reply(500, `<p>${echo}</p>`)],
    ['in truncated JSON', (one) => one.reply(200, `{"paging":${JSON.stringify(paging)}`)],
    ['in an answer of another shape', (one) => one.reply(200, { id: { paging, echo } })],
    ['in an answer that is a text', (one) => one.reply(200, JSON.stringify(echo))],
    ['in a redirect', (one) => one.reply(302, echo, { location: `https://elsewhere.test/?access_token=${TOKEN}` })],
    ['in a system error', (one) => one.replyWithError(Object.assign(new Error(echo), { code: TOKEN, cause: echo }))],
    ['in an answer that is too large', (one) => one.reply(200, echo.repeat(100))],
  ])('secrets %s do not appear in errors', async (_name, answer) => {
    answer(graph().get('/17900000000000001').query(true));
    const call = transport({ login: 'facebook', appSecret: SECRET, maxBytes: 5000 });
    const error = await failureOf(call(READ));
    const words = everyWordOf(error) + everyWordOf(toServiceError(error)) + error.words;
    for (const secret of [TOKEN, encodeURIComponent(TOKEN), SECRET, proof]) expect(words).not.toContain(secret);
  });
});
