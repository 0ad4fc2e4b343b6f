import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Consumer } from '../../functions/routes.ts';
import { startAws } from './aws.ts';
import { ensureBucket } from './buckets.ts';
import { errorCode } from './error-code.ts';
import type { Invoke } from './lambda.ts';
import { startQueuePoller } from './queue-poller.ts';
import { createSqsClient, ensureQueue } from './queues.ts';
import type { Settings } from './settings.ts';
import { createUploadFront, type Intercept } from './upload-front.ts';

/** The AWS resources beside functions: queues with their dead letters, and the bucket of uploads. */
export interface AwsResources {
  /** Variables for the functions. */
  env: Readonly<Record<string, string>>;
  /** Serves uploads by links that begin with `PUBLIC_BASE_URL`; null: they are served elsewhere. */
  uploadFront: Intercept | null;
  /** Begins to hand messages to functions. `stop` takes no more, and waits for those under way. */
  startPolling: (invoke: (entry: string, timeoutSeconds: number) => Invoke) => { stop: () => Promise<void> };
}

interface Resources {
  region: string;
  client: SQSClient;
  /** Where each queue is, by its name. */
  queueUrls: ReadonlyMap<string, string>;
  /** Makes queues and bucket again after their server restarted and forgot them. */
  restore: () => Promise<void>;
}

const DEFAULT_BUCKET = 'uploads';

/** Where functions find a queue: `sync` is `SYNC_QUEUE_URL`. */
const variableOf = (queue: string): string => `${queue.toUpperCase().replaceAll('-', '_')}_QUEUE_URL`;

/**
 * Makes the queues and the bucket that no variable names: on `AWS_ENDPOINT_URL_SQS` and `AWS_ENDPOINT_URL_S3`, or else on
 * servers of our own, which keep uploads below `filesDir` and which `cleanUp` stops. A resource that is named, without an
 * endpoint, is on AWS and exists already.
 * @throws {Error} one line that names the variable that is missing or wrong.
 */
export const startAwsResources = async (
  env: NodeJS.ProcessEnv,
  settings: Settings,
  { consumers, filesDir }: { consumers: readonly Consumer[]; filesDir: string },
  cleanUp: AsyncDisposableStack,
): Promise<AwsResources> => {
  const { AWS_REGION: region, AWS_ENDPOINT_URL_SQS: sqsGiven, AWS_ENDPOINT_URL_S3: s3Given, UPLOAD_BUCKET } = settings;
  const missing = consumers.filter(({ queue }) => !env[variableOf(queue)]);
  const sqsIsAws = sqsGiven === undefined && missing.length < consumers.length;
  if (sqsIsAws && missing[0]) throw new Error(`${variableOf(missing[0].queue)}: must be set where other queues are`);
  const s3IsAws = s3Given === undefined && UPLOAD_BUCKET !== undefined;

  const needsOwn = (sqsGiven === undefined && !sqsIsAws) || (s3Given === undefined && !s3IsAws);
  const own = needsOwn ? await startAws(region, 0, filesDir) : null;
  if (own !== null) cleanUp.defer(own.stop);
  const sqsEndpoint = sqsIsAws ? undefined : (sqsGiven ?? own?.endpoint);
  const s3Endpoint = s3IsAws ? undefined : (s3Given ?? own?.endpoint);
  const bucket = UPLOAD_BUCKET ?? DEFAULT_BUCKET;

  const client = createSqsClient(region, sqsEndpoint);
  cleanUp.defer(() => client.destroy());
  const queueUrls = new Map(consumers.map(({ queue }) => [queue, env[variableOf(queue)] ?? '']));
  const makeQueues = async () => {
    for (const consumer of missing) queueUrls.set(consumer.queue, await ensureQueue(client, consumer));
  };
  const makeBucket = async () => {
    if (s3Endpoint !== undefined) await ensureBucket(bucket, region, s3Endpoint);
  };
  await makeQueues().catch(doesNotAnswer('AWS_ENDPOINT_URL_SQS', sqsEndpoint));
  await makeBucket().catch(doesNotAnswer('AWS_ENDPOINT_URL_S3', s3Endpoint));

  // Meta follows links, through the tunnel. Forms are sent from this machine, so they need no tunnel.
  const publicUrl = settings.UPLOAD_LINK_ENDPOINT === undefined ? settings.PUBLIC_BASE_URL : undefined;
  const isOwn = s3Endpoint !== undefined && s3Endpoint === own?.endpoint;
  const tunnel = isOwn && publicUrl !== undefined ? { publicUrl, endpoint: s3Endpoint, bucket } : null;

  const restore = async () => void (await Promise.all([makeQueues(), makeBucket()]));
  return {
    env: {
      AWS_REGION: region,
      UPLOAD_BUCKET: bucket,
      ...Object.fromEntries([...queueUrls].map(([queue, url]) => [variableOf(queue), url])),
      ...(sqsEndpoint !== undefined && { AWS_ENDPOINT_URL_SQS: sqsEndpoint }),
      ...(tunnel !== null && { UPLOAD_LINK_ENDPOINT: tunnel.publicUrl, UPLOAD_FORM_ENDPOINT: tunnel.endpoint }),
      ...(s3Endpoint !== undefined && { AWS_ENDPOINT_URL_S3: s3Endpoint }),
    },
    uploadFront: tunnel === null ? null : createUploadFront(tunnel),
    startPolling: (invoke) => startPolling(consumers, { region, client, queueUrls, restore }, invoke),
  };
};

const doesNotAnswer =
  (variable: string, endpoint: string | undefined) =>
  (cause: unknown): never => {
    const what = errorCode(cause) ?? (cause instanceof Error ? cause.name : cause);
    throw new Error(`${variable}: ${endpoint} does not answer (${what})`, { cause });
  };

const startPolling = (
  consumers: readonly Consumer[],
  { region, client, queueUrls, restore }: Resources,
  invoke: (entry: string, timeoutSeconds: number) => Invoke,
) => {
  const pollers = consumers.map(({ entry, queue, timeoutSeconds, batchSize }) =>
    startQueuePoller({
      client,
      region,
      queueUrl: queueUrls.get(queue) ?? '',
      batchSize,
      invoke: invoke(entry, timeoutSeconds),
      restoreQueue: restore,
    }),
  );
  return { stop: async () => void (await Promise.all(pollers.map((poller) => poller.stop()))) };
};
