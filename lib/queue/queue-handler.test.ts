import { beforeEach, expect, test } from '@jest/globals';
import type { SQSRecord } from 'aws-lambda';
import { z } from 'zod';
import { captureLogs } from '../testing/logs.ts';
import { queueHandler } from './queue-handler.ts';

const schema = z.object({ id: z.int() });
const context = (remainingMs = 330_000) => ({ getRemainingTimeInMillis: () => remainingMs });

const records = (...bodies: unknown[]): { Records: SQSRecord[] } => ({
  Records: bodies.map((body, index) => ({
    messageId: `message-${index}`,
    receiptHandle: 'handle',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    attributes: {
      ApproximateReceiveCount: '2',
      SentTimestamp: '0',
      SenderId: 'sender',
      ApproximateFirstReceiveTimestamp: '0',
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:eu-central-1:123456789012:sync',
    awsRegion: 'eu-central-1',
  })),
});
const failed = (...indexes: number[]) => ({
  batchItemFailures: indexes.map((index) => ({ itemIdentifier: `message-${index}` })),
});

let logs: ReturnType<typeof captureLogs>;
beforeEach(() => {
  logs = captureLogs();
});

test('handles messages one after the other', async () => {
  const seen: unknown[] = [];
  const handler = queueHandler(
    schema,
    async () => ({ name: 'deps' }),
    async (message, deps) => {
      seen.push(['begin', message.id, deps.name]);
      await Promise.resolve();
      seen.push(['end', message.id]);
    },
  );
  expect(await handler(records({ id: 1, other: 'ignored' }, { id: 2 }), context())).toEqual(failed());
  expect(seen).toEqual([
    ['begin', 1, 'deps'],
    ['end', 1],
    ['begin', 2, 'deps'],
    ['end', 2],
  ]);
});

test('hands back only the messages that failed', async () => {
  const done: number[] = [];
  const handler = queueHandler(
    schema,
    async () => null,
    async ({ id }) => {
      if (id === 2) throw Object.assign(new Error('SECRET'), { values: ['SECRET'] });
      done.push(id);
    },
  );
  expect(await handler(records({ id: 1 }, { id: 2 }, { id: 3 }), context())).toEqual(failed(1));
  expect(done).toEqual([1, 3]);
  expect(logs().filter(({ event }) => event === 'message_failed')).toMatchObject([
    { level: 'ERROR', message_id: 'message-1', attempt: 2, error: { name: 'Error' } },
  ]);
  expect(JSON.stringify(logs())).not.toContain('SECRET');
});

test.each([['not json SECRET'], ['null'], ['{"id":"SECRET"}'], ['{}'], ['']])(
  'hands back a message that is not what the queue carries: %p',
  async (body) => {
    const handler = queueHandler(
      schema,
      async () => null,
      async () => {},
    );
    expect(await handler(records(body, { id: 1 }), context())).toEqual(failed(0));
    expect(JSON.stringify(logs())).not.toContain('SECRET');
  },
);

test('hands back everything while the dependencies cannot be made, and makes them at the next invocation', async () => {
  let composed = 0;
  const compose = async () => {
    if (++composed <= 2) throw new Error('database away');
  };
  const handler = queueHandler(schema, compose, async () => {});
  expect(await handler(records({ id: 1 }, { id: 2 }), context())).toEqual(failed(0, 1));
  expect(await handler(records({ id: 1 }, { id: 2 }), context())).toEqual(failed());
  expect(composed).toBe(3);
});

test.each([
  [330_000, 300_000],
  [900_000, 300_000],
  [60_000, 45_000],
])('with %i ms left, a message has %i ms', async (remainingMs, turnMs) => {
  const deadlines: number[] = [];
  const handler = queueHandler(
    schema,
    async () => null,
    async (_message, _deps, { deadline }) => {
      deadlines.push(deadline);
    },
  );
  const before = performance.now();
  await handler(records({ id: 1 }), context(remainingMs));
  expect(deadlines[0]).toBeGreaterThanOrEqual(before + turnMs);
  expect(deadlines[0]).toBeLessThanOrEqual(performance.now() + turnMs);
});

test('does not begin a message that there is no time for', async () => {
  let begun = 0;
  const handler = queueHandler(
    schema,
    async () => null,
    async () => {
      begun += 1;
    },
  );
  expect(await handler(records({ id: 1 }), context(15_000))).toEqual(failed(0));
  expect(begun).toBe(0);
});
