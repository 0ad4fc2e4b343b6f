import { createHash } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SendMessageBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { z } from 'zod';
import { createSender } from './sender.ts';

const queueUrl = 'https://sqs.eu-central-1.amazonaws.com/123456789012/sync';
const schema = z.object({ id: z.int() });
const sender = createSender({ queueUrl, region: 'eu-central-1', schema });
const sqs = mockClient(SQSClient);

beforeEach(() => {
  sqs.reset();
});
afterEach(() => {
  sqs.reset();
});

test('sends a message with its delay', async () => {
  await sender.send({ id: 1 }, { delaySeconds: 1.2 });
  await sender.send({ id: 2 });
  expect(sqs.commandCalls(SendMessageCommand).map(({ args: [{ input }] }) => input)).toEqual([
    { QueueUrl: queueUrl, MessageBody: '{"id":1}', DelaySeconds: 2 },
    { QueueUrl: queueUrl, MessageBody: '{"id":2}', DelaySeconds: 0 },
  ]);
});

test.each([
  [5_000, 900],
  [-5, 0],
])('a delay of %i s is sent as %i: SQS takes no other', async (delaySeconds, sent) => {
  await sender.send({ id: 1 }, { delaySeconds });
  expect(sqs.commandCalls(SendMessageCommand)[0]?.args[0].input.DelaySeconds).toBe(sent);
});

test('sends nothing but what the schema allows', async () => {
  const stray = { id: 1, access_token: 'x' };
  await sender.send(stray);
  expect(sqs.commandCalls(SendMessageCommand)[0]?.args[0].input.MessageBody).toBe('{"id":1}');
  await expect(sender.send({ id: 1.5 })).rejects.toThrow(z.ZodError);
  await expect(sender.sendMany([{ id: 1 }, { id: 1.5 }])).rejects.toThrow(z.ZodError);
  expect(sqs.calls()).toHaveLength(1);
});

test('sends many, ten a call, in order', async () => {
  sqs.on(SendMessageBatchCommand).resolves({ Failed: [], Successful: [] });
  await sender.sendMany(Array.from({ length: 23 }, (_, id) => ({ id })));
  const batches = sqs.commandCalls(SendMessageBatchCommand).map(({ args: [{ input }] }) => input.Entries ?? []);
  expect(batches.map((entries) => entries.length)).toEqual([10, 10, 3]);
  expect(batches.flat().map(({ MessageBody }) => MessageBody)).toEqual(
    Array.from({ length: 23 }, (_, id) => JSON.stringify({ id })),
  );
  for (const entries of batches) expect(new Set(entries.map(({ Id }) => Id)).size).toBe(entries.length);
});

test('sending no messages makes no call', async () => {
  await sender.sendMany([]);
  expect(sqs.calls()).toHaveLength(0);
});

test('a refused message is reported after the others were sent', async () => {
  const refused = { Id: '0', SenderFault: false, Code: 'InternalError' };
  sqs
    .on(SendMessageBatchCommand)
    .resolvesOnce({ Failed: [refused], Successful: [] })
    .resolves({ Successful: [] });
  const messages = Array.from({ length: 12 }, (_, id) => ({ id }));
  await expect(sender.sendMany(messages)).rejects.toThrow('1 of 12 messages not sent: InternalError');
  expect(sqs.commandCalls(SendMessageBatchCommand)).toHaveLength(2);
});

test('a queue that cannot be reached fails the call', async () => {
  sqs.on(SendMessageCommand).rejects(new Error('ECONNREFUSED'));
  await expect(sender.send({ id: 1 })).rejects.toThrow('ECONNREFUSED');
});

/** A stand-in for SQS on a port of its own, for as long as `use` takes. */
const withStandIn = async (listener: RequestListener, use: (endpoint: string) => Promise<void>) => {
  sqs.restore();
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
};

test('a stand-in without TLS never sees real credentials', async () => {
  const seen: (string | undefined)[] = [];
  const MD5OfMessageBody = createHash('md5').update('{"id":1}').digest('hex');
  await withStandIn(
    ({ headers }, response) => {
      seen.push(headers.authorization);
      response.setHeader('content-type', 'application/x-amz-json-1.0');
      response.end(JSON.stringify({ MessageId: '1', MD5OfMessageBody }));
    },
    (endpoint) =>
      createSender({ queueUrl: `${endpoint}/0/sync`, endpoint, region: 'us-east-1', schema }).send({ id: 1 }),
  );
  expect(seen).toEqual([expect.stringContaining('Credential=local/')]);
});

test('a queue that never answers fails the call in time', async () => {
  await withStandIn(
    () => {},
    async (endpoint) => {
      const options = { queueUrl: `${endpoint}/0/sync`, endpoint, region: 'us-east-1', schema, callTimeoutMs: 50 };
      await expect(createSender(options).send({ id: 1 })).rejects.toThrow();
    },
  );
});
