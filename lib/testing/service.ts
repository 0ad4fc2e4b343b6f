import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SendMessageBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeEach } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { sql } from 'slonik';
import { z } from 'zod';
import { createSimulator, type SimulatorOptions } from '../../local/simulator/create-simulator.ts';
import { createAccountRepository } from '../accounts/repository.ts';
import { createTokenCipher } from '../accounts/token-cipher.ts';
import { instagramEnv, parseEnv, scheduleEnv, tokenEnv } from '../config.ts';
import { ownTimeOfDay } from './clock.ts';
import { createConnectSimulated } from './connect.ts';
import { createTestDatabase } from './postgres.ts';
import { inspectForSecrets, watchForSecrets } from './secrets.ts';

/** After this, Instagram has prepared what it was sent, and a new container's status may be read. */
const MOMENT_MS = 1_000;

/** A worker as queues call it. */
export type Worker = (
  event: { Records: never },
  context: { getRemainingTimeInMillis: () => number },
) => Promise<{ batchItemFailures: readonly unknown[] }>;

/**
 * Everything handlers need around them: a database of the file's own, the simulated Instagram with a connected account,
 * queues that remember what was sent. Call it at the top level of a test file, before importing a handler: handlers read
 * the environment when they are imported, as on Lambda. `environment` adds to it. The file fails when a token is printed,
 * answered, sent to a queue or stored in clear.
 */
export const startService = async ({
  simulator: simulatorOptions = {},
  environment = {},
}: {
  simulator?: SimulatorOptions;
  environment?: Readonly<Record<string, string>>;
} = {}) => {
  const watch = watchForSecrets();
  const { pool, url: databaseUrl, databaseClock } = await createTestDatabase();
  const letPass = ownTimeOfDay(databaseClock);
  const simulator = await createSimulator(simulatorOptions);
  watch(Object.values(simulator.tokens), pool);
  const folder = await mkdtemp(join(tmpdir(), 'service-'));
  const keyFile = join(folder, 'token.key');
  await writeFile(keyFile, randomBytes(32), { mode: 0o600 });
  // biome-ignore lint/style/noProcessEnv: handlers read the environment when they are imported, as they do on Lambda
  Object.assign(process.env, {
    INSTAGRAM_GRAPH_URL: simulator.graphUrls.instagram,
    FACEBOOK_GRAPH_URL: simulator.graphUrls.facebook,
    TOKEN_KEY_FILE: keyFile,
    SYNC_QUEUE_URL: 'http://queues.test/000000000000/sync',
    INTENTS_QUEUE_URL: 'http://queues.test/000000000000/intents',
    ACCOUNTS_QUEUE_URL: 'http://queues.test/000000000000/accounts',
    PUBLICATIONS_QUEUE_URL: 'http://queues.test/000000000000/publications',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    UPLOAD_BUCKET: 'uploads-test',
    AWS_ENDPOINT_URL_S3: 'http://objects.test', // `startObjectStore` is for tests that need a real one
    DATABASE_POOL_SIZE: '4',
    ...environment,
  });

  const sqs = mockClient(SQSClient);
  const bodies: { queue: string; message: unknown; delaySeconds: number }[] = [];
  const remember = (
    queue = '',
    { MessageBody = '', DelaySeconds = 0 }: { MessageBody?: string | undefined; DelaySeconds?: number | undefined },
  ) => {
    inspectForSecrets('queue', MessageBody);
    bodies.push({ queue: queue.split('/').at(-1) ?? '', message: JSON.parse(MessageBody), delaySeconds: DelaySeconds });
  };
  let refusals = 0;
  sqs.on(SendMessageCommand).callsFake((input) => {
    if (refusals > 0) {
      refusals -= 1;
      throw new Error('no queue');
    }
    remember(input.QueueUrl, input);
    return { MessageId: 'sent' };
  });
  sqs.on(SendMessageBatchCommand).callsFake((input) => {
    for (const entry of input.Entries) remember(input.QueueUrl, entry);
    return { Successful: input.Entries, Failed: [] };
  });

  const env = { ...parseEnv(instagramEnv), ...parseEnv(tokenEnv), ...parseEnv(scheduleEnv) };
  const accounts = createAccountRepository(pool);
  const connect = createConnectSimulated({ accounts, cipher: createTokenCipher(env), env });
  const { account } = await connect({ token: simulator.tokens.instagram, login: 'instagram' });

  /**
   * Lets time pass until all that waits is due, and the lease of a worker that was cut off has ended; then so many hours
   * more.
   */
  const letTimePass = async (hours = 0): Promise<void> => {
    const waitMs = await pool.oneFirst(sql.type(z.strictObject({ ms: z.number() }))`
      SELECT greatest(0, extract(epoch FROM max(until) - service_now())::float8 * 1000) AS ms FROM (
        SELECT greatest(resumes_at, next_wake_at, lease_until) AS until FROM publications
        WHERE status <> 'scheduled' AND next_wake_at IS NOT NULL
        UNION ALL SELECT greatest(resumes_at, lease_until) FROM sync_runs WHERE status IN ('queued', 'running', 'waiting')
        UNION ALL SELECT greatest(send_by, not_before, next_read_at, settle_until) FROM intents
        WHERE state IN ('sending', 'pending', 'unknown')
        UNION ALL SELECT greatest(throttled_until, writes_blocked_until) FROM usage
      ) AS waiting
    `);
    await letPass(Math.ceil(waitMs) + MOMENT_MS + hours * 3_600_000);
  };

  /** The next so many single messages are not taken. */
  const refuseMessages = (times: number): void => {
    refusals = times;
  };

  beforeEach(() => {
    refusals = 0;
    simulator.scenarios.clear();
    simulator.calls.clear();
    bodies.length = 0;
  });
  afterAll(async () => {
    sqs.restore();
    await simulator.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Takes the messages sent to a queue since the last time, as its consumer would receive them. */
  const takeMessages = (queue: string): unknown[] => {
    const taken = bodies.filter((one) => one.queue === queue);
    bodies.splice(0, bodies.length, ...bodies.filter((one) => one.queue !== queue));
    return taken.map(({ message }) => message);
  };

  /** Delivers messages to a worker, as an event source mapping does; answers how many it handed back. */
  const deliver = async (worker: Worker, messages: readonly unknown[], remainingMs = 330_000): Promise<number> => {
    const Records = messages.map((message, index) => ({
      messageId: `message-${index}`,
      body: JSON.stringify(message),
      attributes: { ApproximateReceiveCount: '1' },
    })) as never;
    const { batchItemFailures } = await worker({ Records }, { getRemainingTimeInMillis: () => remainingMs });
    return batchItemFailures.length;
  };

  return {
    pool,
    databaseUrl,
    letPass,
    letTimePass,
    simulator,
    account,
    connect,
    accounts,
    sent: bodies,
    takeMessages,
    deliver,
    refuseMessages,
  };
};
export type TestService = Awaited<ReturnType<typeof startService>>;
