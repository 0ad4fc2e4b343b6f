import type { z } from 'zod';
import { clientConfig, withinMs } from '../aws-client.ts';
import { once } from '../once.ts';

/** SQS delays a message by 15 minutes at most. One that comes earlier than wanted does no harm. */
export const MAX_DELAY_SECONDS = 900;
/** SQS takes ten messages a call. */
const BATCH_SIZE = 10;

export interface SenderOptions<Schema extends z.ZodType> {
  queueUrl: string;
  region: string;
  /** Where SQS is, unless it is AWS's own. */
  endpoint?: string | undefined;
  /** The queue's messages; checked when they are sent and when they are received. */
  schema: Schema;
  /** Default: 5 s. The caller's answer must not wait longer for a wake-up. */
  callTimeoutMs?: number | undefined;
}

/** Sends messages of one kind to one queue. */
export interface Sender<Message> {
  /** Sends one message, to be received no sooner than `delaySeconds` (at most `MAX_DELAY_SECONDS`) from now. */
  send: (message: Message, options?: { delaySeconds?: number }) => Promise<void>;
  /**
   * Sends any number of messages, ten a call. All calls are made, even when some messages are refused.
   * @throws {Error} when some were refused, saying how many and why; at once when SQS cannot be reached.
   */
  sendMany: (messages: readonly Message[]) => Promise<void>;
}

/**
 * Makes a sender. The SQS client is loaded on first use: a cold start that never sends would take twice as long with
 * it.
 */
export const createSender = <Schema extends z.ZodType>({
  queueUrl: QueueUrl,
  region,
  endpoint,
  schema,
  callTimeoutMs,
}: SenderOptions<Schema>): Sender<z.input<Schema>> => {
  const connect = once(async () => {
    const sdk = await import('@aws-sdk/client-sqs');
    return { ...sdk, client: new sdk.SQSClient(clientConfig(region, endpoint)) };
  });
  const serialize = (message: z.input<Schema>) => JSON.stringify(schema.parse(message));

  return {
    send: async (message, { delaySeconds = 0 } = {}) => {
      const MessageBody = serialize(message);
      const DelaySeconds = Math.min(Math.max(0, Math.ceil(delaySeconds)), MAX_DELAY_SECONDS);
      const { client, SendMessageCommand } = await connect();
      await client.send(new SendMessageCommand({ QueueUrl, MessageBody, DelaySeconds }), withinMs(callTimeoutMs));
    },

    sendMany: async (messages) => {
      const entries = messages.map((message, index) => ({ Id: String(index), MessageBody: serialize(message) }));
      const refused: string[] = [];
      for (let start = 0; start < entries.length; start += BATCH_SIZE) {
        const { client, SendMessageBatchCommand } = await connect();
        const Entries = entries.slice(start, start + BATCH_SIZE);
        const { Failed = [] } = await client.send(
          new SendMessageBatchCommand({ QueueUrl, Entries }),
          withinMs(callTimeoutMs),
        );
        refused.push(...Failed.map(({ Code = 'unknown' }) => Code));
      }
      if (refused.length > 0) {
        throw new Error(
          `${refused.length} of ${entries.length} messages not sent: ${[...new Set(refused)].join(', ')}`,
        );
      }
    },
  };
};
