/** What a refused request is told: words for people who use the API, not those of the library that found the mistake. */
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { ServiceError } from '../lib/errors.ts';
import type { ApiEvent } from '../lib/http/event.ts';
import { parseRequest } from '../lib/http/validate.ts';
import { routes } from './routes.ts';

/** One value or more that each sort of schema refuses; `undefined` stands for a key that is not there. */
const ODD = [undefined, null, true, '', ' ', 'x'.repeat(10_000), -1, 0, 1.5, 1e300, [], {}, Array(200).fill('x'), [1]];

/** Bodies that are wrong in each of their keys, and in those of their objects and lists. */
const oddBodies = (schema: z.core.$ZodType): unknown[] => {
  const { innerType, in: input } = schema._zod.def as { innerType?: z.core.$ZodType; in?: z.core.$ZodType };
  const inner = innerType ?? input;
  if (inner !== undefined) return oddBodies(inner);
  if (schema instanceof z.ZodArray) return [...ODD, ...oddBodies(schema.element).map((value) => [value])];
  if (schema instanceof z.ZodUnion) return [...ODD, ...schema.options.flatMap(oddBodies)];
  if (!(schema instanceof z.ZodObject)) return ODD;
  const properties = Object.entries(schema.shape as Record<string, z.core.$ZodType>);
  return [...ODD, ...properties.flatMap(([key, child]) => oddBodies(child).map((value) => ({ [key]: value })))];
};

const messagesOf = (parse: () => unknown): string[] => {
  try {
    parse();
    return [];
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return (error.options.errors ?? []).map(({ message }) => message);
  }
};

/** How each of zod's own messages begins. */
const OF_ZOD = /^(Invalid|Too |Unrecognized|Expected|Unknown)/;

const messages = routes.flatMap(({ contract }) => {
  const { body, query } = contract.request.shape as { body?: z.core.$ZodType; query?: z.core.$ZodType };
  const ask = (event: Partial<ApiEvent>) =>
    messagesOf(() =>
      parseRequest(contract, {
        pathParameters: { id: '1', media_id: '1', file: 'a', code: 'a' },
        rawQueryString: '',
        headers: {},
        body: {},
        ...event,
      } as ApiEvent),
    );
  return [
    ...(body === undefined || contract.consumes === 'multipart/form-data' ? [] : oddBodies(body)).flatMap((odd) =>
      ask({ body: odd } as Partial<ApiEvent>),
    ),
    ...Object.keys(query instanceof z.ZodObject ? query.shape : {}).flatMap((name) =>
      ['', 'x', '-1', '1.5', 'x'.repeat(10_000)].flatMap((odd) => ask({ rawQueryString: `${name}=${odd}` })),
    ),
  ].map((message) => [contract.operationId, message] as const);
});

test('every mistake in a request is told in our words', () => {
  expect(messages.length).toBeGreaterThan(500);
  expect(messages.filter(([, message]) => OF_ZOD.test(message))).toEqual([]);
});

test.each([
  ['startSync', 'must be one of full, recent, incremental'],
  ['startSync', 'must be an object'],
  ['startSync', 'must be a list'],
  ['startSync', 'must have at most 10 items'],
  ['verifyToken', 'must not be empty'],
  ['createUpload', 'is required'],
  ['createUpload', 'must be more than 0'],
  ['createUpload', 'must be a whole number'],
])('%s: %s', (operationId, message) => {
  expect(messages).toContainEqual([operationId, message]);
});
