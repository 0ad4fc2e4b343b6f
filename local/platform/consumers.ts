import type { Consumer } from '../../functions/routes.ts';
import { startAws } from './aws.ts';
import { errorCode } from './error-code.ts';
import type { Invoke } from './lambda.ts';
import { startQueuePoller } from './queue-poller.ts';
import { createSqsClient, ensureQueue } from './queues.ts';
import type { Settings } from './settings.ts';

/** The queues of the platform's consumers. */
export interface LocalQueues {
  /** Variables for the functions. */
  env: Readonly<Record<string, string>>;
  /** Begins to hand messages to functions; stops taking more, and waits for those under way. */
  startPolling: (invoke: (entry: string, timeoutSeconds: number) => Invoke) => { stop: () => Promise<void> };
}

/** Where functions find a queue: `sync` is `SYNC_QUEUE_URL`. */
const variableOf = ({ queue }: Consumer): string => `${queue.toUpperCase().replaceAll('-', '_')}_QUEUE_URL`;

/**
 * Makes the queues that no variable names: on `AWS_ENDPOINT_URL_SQS`, else on an SQS of our own, which `cleanUp` stops.
 * @throws {Error} one line that names the variable that is missing or wrong.
 */
export const startQueues = async (
  env: NodeJS.ProcessEnv,
  { AWS_REGION: region, AWS_ENDPOINT_URL_SQS: givenEndpoint }: Settings,
  consumers: readonly Consumer[],
  cleanUp: AsyncDisposableStack,
): Promise<LocalQueues> => {
  const missing = consumers.filter((consumer) => !env[variableOf(consumer)]);
  const onAws = givenEndpoint === undefined && missing.length < consumers.length;
  if (onAws && missing[0]) throw new Error(`${variableOf(missing[0])}: must be set where other queues are`);

  const ownQueues = givenEndpoint === undefined && !onAws;
  const ownBuckets = !env.AWS_ENDPOINT_URL_S3 && !env.UPLOAD_BUCKET;
  const own = ownQueues || ownBuckets ? await startAws(region) : null;
  if (own !== null) cleanUp.defer(own.stop);

  const endpoint = ownQueues ? own?.endpoint : givenEndpoint;
  const client = createSqsClient(region, endpoint);
  cleanUp.defer(() => client.destroy());
  const urls = new Map(consumers.map((consumer) => [variableOf(consumer), env[variableOf(consumer)] ?? '']));
  for (const consumer of missing) {
    const url = await ensureQueue(client, consumer).catch((cause: unknown) => {
      throw new Error(`AWS_ENDPOINT_URL_SQS: ${endpoint} does not answer (${errorCode(cause) ?? cause})`, { cause });
    });
    urls.set(variableOf(consumer), url);
  }

  return {
    env: {
      AWS_REGION: region,
      ...Object.fromEntries(urls),
      ...(endpoint !== undefined && { AWS_ENDPOINT_URL_SQS: endpoint }),
      ...(ownBuckets && own && { AWS_ENDPOINT_URL_S3: own.endpoint }),
    },
    startPolling: (invoke) => {
      const pollers = consumers.map((consumer) =>
        startQueuePoller({
          client,
          region,
          queueUrl: urls.get(variableOf(consumer)) ?? '',
          batchSize: consumer.batchSize,
          invoke: invoke(consumer.entry, consumer.timeoutSeconds),
          ...(missing.includes(consumer) && { restoreQueue: () => ensureQueue(client, consumer) }),
        }),
      );
      return { stop: async () => void (await Promise.all(pollers.map((poller) => poller.stop()))) };
    },
  };
};
