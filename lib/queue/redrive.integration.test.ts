import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { startAws } from '../../local/platform/aws.ts';
import { clientConfig } from '../aws-client.ts';
import { redrive } from './redrive.ts';

const region = 'eu-central-1';
const { endpoint, stop } = await startAws(region);
const client = new SQSClient(clientConfig(region, endpoint));
afterAll(async () => {
  client.destroy();
  await stop();
});

let queueUrl: string;
let deadLettersUrl: string;
let number = 0;
beforeEach(async () => {
  number += 1;
  deadLettersUrl = await createQueue(`sync-${number}-dead-letters`);
  queueUrl = await createQueue(`sync-${number}`, {
    RedrivePolicy: JSON.stringify({
      deadLetterTargetArn: `arn:aws:sqs:${region}:000000000000:sync-${number}-dead-letters`,
      maxReceiveCount: 1,
    }),
  });
});

const createQueue = async (QueueName: string, Attributes: Record<string, string> = {}): Promise<string> => {
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName, Attributes }));
  return QueueUrl ?? '';
};
const send = (QueueUrl: string, body: unknown) =>
  client.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(body) }));
const count = async (QueueUrl: string): Promise<number> => {
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }),
  );
  return Number(Attributes?.ApproximateNumberOfMessages);
};
/** Works the queue off as a worker would, and returns what it was told to do. */
const workOff = async (): Promise<unknown[]> => {
  const done: unknown[] = [];
  for (;;) {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10 }),
    );
    if (Messages.length === 0) return done;
    for (const { Body = '', ReceiptHandle } of Messages) {
      done.push(JSON.parse(Body));
      await client.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
    }
  }
};

test('moves every dead letter back, more than a batch of them, as it was', async () => {
  const bodies = Array.from({ length: 23 }, (_, index) => ({ account_id: 1, sync_run_id: index + 1 }));
  for (const body of bodies) await send(deadLettersUrl, body);

  expect(await redrive(queueUrl, { region, endpoint })).toBe(23);

  expect(await count(deadLettersUrl)).toBe(0);
  expect(await workOff()).toEqual(expect.arrayContaining(bodies));
});

test('a second run finds nothing left to move', async () => {
  await send(deadLettersUrl, { account_id: 1, sync_run_id: 1 });

  expect(await redrive(queueUrl, { region, endpoint })).toBe(1);
  expect(await redrive(queueUrl, { region, endpoint })).toBe(0);

  expect(await workOff()).toHaveLength(1);
});

test('a queue is found by its name too', async () => {
  await send(deadLettersUrl, { account_id: 1, sync_run_id: 1 });

  expect(await redrive(`sync-${number}`, { region, endpoint })).toBe(1);
});

test('two operators at once move each letter once', async () => {
  for (let id = 1; id <= 12; id += 1) await send(deadLettersUrl, { account_id: 1, sync_run_id: id });

  const moved = await Promise.all([redrive(queueUrl, { region, endpoint }), redrive(queueUrl, { region, endpoint })]);

  expect(moved[0] + moved[1]).toBe(12);
  expect(await workOff()).toHaveLength(12);
});

test('a queue without a dead-letter queue is refused, and the message says why', async () => {
  await expect(redrive(deadLettersUrl, { region, endpoint })).rejects.toThrow(/has no dead-letter queue/);
});
