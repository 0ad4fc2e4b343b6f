import { setTimeout as delay } from 'node:timers/promises';
import {
  DeleteMessageBatchCommand,
  type Message,
  type MessageAttributeValue,
  QueueDoesNotExist,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSMessageAttribute, SQSRecord } from 'aws-lambda';
import { z } from 'zod';
import { pauseAfter } from '../../lib/backoff.ts';
import { errorFields, logger } from '../../lib/logger.ts';
import type { Invoke } from './lambda.ts';
import { CALL_TIMEOUT_MS, LONG_POLL_SECONDS } from './queues.ts';

/** The lowest maximum concurrency that Lambda lets an event source mapping have. */
const MAX_CONCURRENCY = 2;
const BACKOFF_MS = { first: 100, max: 10_000 };
const RECEIVE_TIMEOUT_MS = (LONG_POLL_SECONDS + 10) * 1_000;

export interface QueuePollerOptions {
  client: SQSClient;
  region: string;
  queueUrl: string;
  /** The most messages of one invocation, 1 to 10. */
  batchSize: number;
  /** The function: if it throws, the whole batch has failed; `batchItemFailures` names single messages. */
  invoke: Invoke;
  /** Makes the queue again if the server has lost it. */
  restoreQueue: () => Promise<unknown>;
  maximumConcurrency?: number;
}

/**
 * Hands messages of a queue to a function, as Lambda's event source mapping does. Handled messages are deleted. Failed ones
 * come again after the visibility timeout, and in the end the redrive policy moves them to the dead letters. If the queue
 * server is away, it waits for its return.
 */
export const startQueuePoller = (options: QueuePollerOptions): { stop: () => Promise<void> } => {
  const stopping = new AbortController();
  const { maximumConcurrency = MAX_CONCURRENCY } = options;
  const loops = Array.from({ length: maximumConcurrency }, () => pollUntil(stopping.signal, options));
  return {
    /** Takes no more messages, and waits for those under way. */
    stop: async () => {
      stopping.abort();
      await Promise.all(loops);
    },
  };
};

const pollUntil = async (stopped: AbortSignal, options: QueuePollerOptions): Promise<void> => {
  let failures = 0;
  while (!stopped.aborted) {
    try {
      const messages = await receive(stopped, options);
      if (failures > 0) logger.info('queue is back', { event: 'queue_back', queue: options.queueUrl, failures });
      failures = 0;
      if (messages.length > 0) await work(messages, options);
    } catch (error) {
      if (stopped.aborted) return;
      failures += 1;
      await recover(error, failures, stopped, options);
    }
  }
};

/** Logs an outage once, not at every attempt. */
const recover = async (
  error: unknown,
  failures: number,
  stopped: AbortSignal,
  { queueUrl, restoreQueue }: QueuePollerOptions,
): Promise<void> => {
  if (failures === 1) {
    logger.warn('queue does not answer', { event: 'queue_away', queue: queueUrl, error: errorFields(error) });
  }
  try {
    if (error instanceof QueueDoesNotExist) await restoreQueue();
  } catch (again) {
    logger.debug('queue not restored', { event: 'queue_not_restored', queue: queueUrl, error: errorFields(again) });
  }
  await delay(pauseAfter(failures - 1, BACKOFF_MS), undefined, { signal: stopped }).catch(() => undefined); // told to stop
};

const receive = async (
  stopped: AbortSignal,
  { client, queueUrl, batchSize }: QueuePollerOptions,
): Promise<readonly Message[]> => {
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: batchSize,
      WaitTimeSeconds: LONG_POLL_SECONDS,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    }),
    { abortSignal: AbortSignal.any([stopped, AbortSignal.timeout(RECEIVE_TIMEOUT_MS)]) },
  );
  return Messages;
};

const work = async (messages: readonly Message[], options: QueuePollerOptions): Promise<void> => {
  const Records = messages.map((message) => toRecord(message, options));
  const failed = await options.invoke({ Records }).then(
    (result) => failedIds(result, Records),
    () => null, // `createFunction` has logged it
  );
  if (failed !== null)
    await remove(
      Records.filter(({ messageId }) => !failed.has(messageId)),
      options,
    );
};

const responseSchema = z
  .looseObject({ batchItemFailures: z.array(z.looseObject({ itemIdentifier: z.string().min(1) })).nullish() })
  .nullish();

/**
 * The messages that a function reports as failed. Null: the whole batch counts as failed, because the report has another
 * shape, or names a message that was not in the batch.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
const failedIds = (result: unknown, records: readonly SQSRecord[]): ReadonlySet<string> | null => {
  const parsed = responseSchema.safeParse(result);
  const known = new Set(records.map(({ messageId }) => messageId));
  const failed = parsed.data?.batchItemFailures?.map(({ itemIdentifier }) => itemIdentifier) ?? [];
  return parsed.success && failed.every((id) => known.has(id)) ? new Set(failed) : null;
};

const remove = async (records: readonly SQSRecord[], { client, queueUrl }: QueuePollerOptions): Promise<void> => {
  if (records.length === 0) return;
  const Entries = records.map(({ receiptHandle }, index) => ({ Id: String(index), ReceiptHandle: receiptHandle }));
  const { Failed = [] } = await client.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }), {
    abortSignal: AbortSignal.timeout(CALL_TIMEOUT_MS),
  });
  if (Failed.length > 0) {
    const codes = Failed.map(({ Code }) => Code).join(', ');
    logger.warn('messages not deleted', {
      event: 'messages_not_deleted',
      queue: queueUrl,
      count: Failed.length,
      codes,
    });
  }
};

const toRecord = (message: Message, { queueUrl, region }: QueuePollerOptions): SQSRecord => {
  const [account = '', name = ''] = new URL(queueUrl).pathname.split('/').filter((part) => part !== '');
  return {
    messageId: message.MessageId ?? '',
    receiptHandle: message.ReceiptHandle ?? '',
    body: message.Body ?? '',
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: '0',
      SenderId: account,
      ApproximateFirstReceiveTimestamp: '0',
      ...message.Attributes,
    },
    messageAttributes: Object.fromEntries(
      Object.entries(message.MessageAttributes ?? {}).map(([key, value]) => [key, toAttribute(value)]),
    ),
    md5OfBody: message.MD5OfBody ?? '',
    eventSource: 'aws:sqs',
    eventSourceARN: `arn:aws:sqs:${region}:${account}:${name}`,
    awsRegion: region,
  };
};

const toAttribute = ({
  StringValue,
  BinaryValue,
  DataType = 'String',
}: MessageAttributeValue): SQSMessageAttribute => ({
  ...(StringValue !== undefined && { stringValue: StringValue }),
  ...(BinaryValue !== undefined && { binaryValue: Buffer.from(BinaryValue).toString('base64') }),
  stringListValues: [],
  binaryListValues: [],
  dataType: DataType,
});
