import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { clientConfig } from '../../lib/aws-client.ts';

/** What a queue needs to know about the function that handles its messages. */
export interface QueueSettings {
  queue: string;
  timeoutSeconds: number;
  maxReceiveCount: number;
}

/** For calls that answer at once. */
export const CALL_TIMEOUT_MS = 5_000;
const FOURTEEN_DAYS_SECONDS = 14 * 24 * 3600;
/** SQS's own longest. */
export const LONG_POLL_SECONDS = 20;

/** A client without retries and time limits: each caller has its own, and a long poll needs a longer one. */
export const createSqsClient = (region: string, endpoint: string | undefined): SQSClient =>
  new SQSClient({ ...clientConfig(region, endpoint), maxAttempts: 1, requestHandler: {} });

/**
 * Makes a queue and its dead-letter queue as the deployment does, or updates existing ones. Returns the queue's URL. Safe to
 * repeat.
 */
export const ensureQueue = async (
  client: SQSClient,
  { queue, timeoutSeconds, maxReceiveCount }: QueueSettings,
): Promise<string> => {
  const deadLetters = await createQueue(client, `${queue}-dead-letters`, {
    MessageRetentionPeriod: String(FOURTEEN_DAYS_SECONDS),
  });
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: deadLetters, AttributeNames: ['QueueArn'] }),
    limit(),
  );
  return createQueue(client, queue, {
    VisibilityTimeout: String(Math.ceil(6 * timeoutSeconds)),
    ReceiveMessageWaitTimeSeconds: String(LONG_POLL_SECONDS),
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: Attributes?.QueueArn, maxReceiveCount }),
  });
};

const limit = () => ({ abortSignal: AbortSignal.timeout(CALL_TIMEOUT_MS) });

/** Without attributes, the command returns the existing queue of that name, whatever its attributes are. */
const createQueue = async (client: SQSClient, name: string, attributes: Record<string, string>): Promise<string> => {
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: name }), limit());
  if (QueueUrl === undefined) throw new Error(`SQS made the queue ${name}, but did not return its URL`);
  await client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: attributes }), limit());
  return QueueUrl;
};
