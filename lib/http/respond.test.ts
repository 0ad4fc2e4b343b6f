import { gunzipSync } from 'node:zlib';
import { beforeEach, expect, test } from '@jest/globals';
import { z } from 'zod';
import { endpoint } from '../contract.ts';
import { invoke } from '../testing/invoke.ts';
import { captureLogs } from '../testing/logs.ts';
import { apiHandler } from './api-handler.ts';
import { reply } from './reply.ts';

let logs: ReturnType<typeof captureLogs>;
beforeEach(() => {
  logs = captureLogs();
});

const contract = endpoint({
  method: 'GET',
  path: '/text',
  operationId: 'text',
  summary: 'For tests',
  tags: ['test'],
  scope: null,
  request: z.object({}),
  responses: { 200: z.object({ text: z.string() }) },
  problems: [],
});
const saying = (text: string) =>
  apiHandler(
    contract,
    async () => null,
    () => ({ text }),
  );

const MB = 1024 * 1024;

test('an answer that fits is sent unchanged', async () => {
  const text = 'x'.repeat(5.9 * MB);
  expect(await invoke(saying(text), '/text', { headers: { 'accept-encoding': 'gzip' } })).toMatchObject({
    status: 200,
    body: { text },
  });
});

test.each([
  ['gzip', 'x'],
  ['br, GZIP;q=0.5', 'x'],
  ['*', 'x'],
  ['gzip', '"'], // half the size, but each quote is escaped twice
])(
  'an answer that Lambda would refuse is compressed for a client that takes it: %s of %s',
  async (accepted, character) => {
    const text = character.repeat(character === '"' ? 2 * MB : 6.1 * MB);
    const answer = await invoke(saying(text), '/text', { headers: { 'accept-encoding': accepted } });
    expect(answer).toMatchObject({
      status: 200,
      headers: { 'content-encoding': 'gzip', 'content-type': 'application/json', 'x-request-id': 'request-1' },
    });
    const sent: unknown = answer.body;
    expect(JSON.parse(gunzipSync(Buffer.from(String(sent), 'base64')).toString())).toEqual({ text });
  },
);

test.each([[undefined], ['br'], ['gzip;q=0'], ['gzip; q=0.000']])(
  'for a client that does not take it, the answer says what to do: %s',
  async (accepted) => {
    const headers = accepted === undefined ? {} : { 'accept-encoding': accepted };
    expect(await invoke(saying('x'.repeat(6.1 * MB)), '/text', { headers })).toMatchObject({
      status: 500,
      body: { code: 'internal_error', detail: expect.stringContaining('limit') },
    });
  },
);

test('a page that is not JSON has its own content type', async () => {
  const page = endpoint({
    ...contract,
    base: '',
    path: '/docs',
    produces: 'text/html; charset=utf-8',
    responses: { 200: z.string() },
  });
  const handler = apiHandler(
    page,
    async () => null,
    () => '<p>hello</p>',
  );
  expect(await invoke(handler, '/docs')).toMatchObject({
    status: 200,
    headers: { 'content-type': 'text/html; charset=utf-8' },
    body: '<p>hello</p>',
  });
});

test('a status that the contract does not name is a bug', async () => {
  const handler = apiHandler(
    contract,
    async () => null,
    () => reply(202, { text: '' }) as never,
  );
  expect(await invoke(handler, '/text')).toMatchObject({ status: 500, body: { code: 'internal_error' } });
  expect(logs().find(({ event }) => event === 'request_failed')).toMatchObject({ issues: ['status 202'] });
});
