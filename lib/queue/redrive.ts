import type { Message, SQSClient } from '@aws-sdk/client-sqs';
import { clientConfig, withinMs } from '../aws-client.ts';

/** SQS hands out and takes ten messages a call. */
const BATCH_SIZE = 10;
/** Time to send and delete a batch. A message that shows again after it is sent again, which does no harm. */
const HIDDEN_SECONDS = 60;

/** How SQS is reached; `endpoint` where it is not AWS's own. */
export interface SqsAccess {
  region: string;
  endpoint?: string | undefined;
}

/**
 * Moves the dead letters of a queue, named by its URL or name, back into it: as many as there are when it begins. Gives
 * their number. Safe at any time, and by several people at once: a message only wakes work whose state is in the
 * database, so one that arrives twice or too late changes nothing. A message that fails again becomes a dead letter
 * again.
 * @throws {Error} when there is no such queue, it has no dead-letter queue, or SQS refuses a message.
 */
export const redrive = async (queue: string, { region, endpoint }: SqsAccess): Promise<number> => {
  const sdk = await import('@aws-sdk/client-sqs');
  const client = new sdk.SQSClient(clientConfig(region, endpoint));
  try {
    return await moveAll(sdk, client, queue.includes('://') ? queue : await findQueue(sdk, client, queue));
  } finally {
    client.destroy();
  }
};

type Sdk = typeof import('@aws-sdk/client-sqs');

const moveAll = async (sdk: Sdk, client: SQSClient, queueUrl: string): Promise<number> => {
  const deadLettersUrl = await findDeadLetters(sdk, client, queueUrl);
  const total = await countMessages(sdk, client, deadLettersUrl);
  let moved = 0;
  while (moved < total) {
    const { Messages = [] } = await client.send(
      new sdk.ReceiveMessageCommand({
        QueueUrl: deadLettersUrl,
        MaxNumberOfMessages: Math.min(BATCH_SIZE, total - moved),
        VisibilityTimeout: HIDDEN_SECONDS,
        WaitTimeSeconds: 1, // asks all of SQS's servers; without it some may be left out
      }),
      withinMs(),
    );
    if (Messages.length === 0) break;
    await moveBatch(sdk, client, { from: deadLettersUrl, to: queueUrl, messages: Messages });
    moved += Messages.length;
  }
  return moved;
};

/** Sends first, then deletes: in between a message exists twice, never not at all. */
const moveBatch = async (
  { SendMessageBatchCommand, DeleteMessageBatchCommand }: Sdk,
  client: SQSClient,
  { from, to, messages }: { from: string; to: string; messages: readonly Message[] },
): Promise<void> => {
  const sent = await client.send(
    new SendMessageBatchCommand({
      QueueUrl: to,
      Entries: messages.map(({ Body }, index) => ({ Id: String(index), MessageBody: Body ?? '' })),
    }),
    withinMs(),
  );
  const refused = new Set((sent.Failed ?? []).map(({ Id }) => Id));
  const taken = messages.flatMap(({ ReceiptHandle }, index) =>
    refused.has(String(index)) ? [] : [{ Id: String(index), ReceiptHandle }],
  );
  if (taken.length > 0)
    await client.send(new DeleteMessageBatchCommand({ QueueUrl: from, Entries: taken }), withinMs());
  if (refused.size > 0)
    throw new Error(`SQS refused ${refused.size} of ${messages.length} messages; they stay dead letters`);
};

const findDeadLetters = async (sdk: Sdk, client: SQSClient, queueUrl: string): Promise<string> => {
  const { Attributes } = await client.send(
    new sdk.GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['RedrivePolicy'] }),
    withinMs(),
  );
  const policy: { deadLetterTargetArn?: string } = JSON.parse(Attributes?.RedrivePolicy ?? '{}');
  const name = policy.deadLetterTargetArn?.split(':').at(-1);
  if (name === undefined) throw new Error(`${queueUrl} has no dead-letter queue`);
  return findQueue(sdk, client, name);
};

const findQueue = async ({ GetQueueUrlCommand }: Sdk, client: SQSClient, name: string): Promise<string> => {
  const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: name }), withinMs());
  if (QueueUrl === undefined) throw new Error(`The queue ${name} cannot be found`);
  return QueueUrl;
};

const countMessages = async (
  { GetQueueAttributesCommand }: Sdk,
  client: SQSClient,
  queueUrl: string,
): Promise<number> => {
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }),
    withinMs(),
  );
  return Number(Attributes?.ApproximateNumberOfMessages ?? 0);
};
