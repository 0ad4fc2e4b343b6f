import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { z } from 'zod';
import { consumers, routes, schedules } from '../functions/routes.ts';
import { createAccountRepository } from '../lib/accounts/repository.ts';
import { createTokenCipher } from '../lib/accounts/token-cipher.ts';
import { instagramEnv, parseEnv, scheduleEnv, setEnvironment, testEnv, tokenEnv } from '../lib/config.ts';
import { type Endpoint, pathsOf } from '../lib/contract.ts';
import { knownMigrations } from '../lib/database/check-schema.ts';
import { withLogin } from '../lib/database/login.ts';
import { createConnectSimulated } from '../lib/testing/connect.ts';
import { apiEvent } from '../lib/testing/invoke.ts';
import { createTestDatabase } from '../lib/testing/postgres.ts';
import { administer } from '../lib/testing/test-server.ts';
import { startAws } from '../local/platform/aws.ts';
import { ensureBucket } from '../local/platform/buckets.ts';
import { startPostgres } from '../local/platform/postgres.ts';
import { createSqsClient, ensureQueue } from '../local/platform/queues.ts';
import { createSimulator } from '../local/simulator/create-simulator.ts';
import { bundleFunctions } from './bundling.ts';
import { rdsAuthoritiesOf } from './certificates.ts';
import { allEntries } from './registry.ts';
import { startAwsServices } from './testing/aws-services.ts';
import { invokeBundle } from './testing/deployed-function.ts';
import { synthesize } from './testing/synthesize.ts';
import { functionsOf, variablesOf } from './testing/templates.ts';

const REGION = 'eu-central-1';
const folder = await mkdtemp(join(tmpdir(), 'bundles-'));
const bundles = await bundleFunctions(allEntries(), {
  folder: join(folder, 'bundles'),
  maps: join(folder, 'maps'),
  databaseAuthorities: rdsAuthoritiesOf(REGION),
});
const deployment = functionsOf(await synthesize('dev'));

const { url: databaseUrl, pool } = await createTestDatabase();
/** What functions that only read log in as. */
const reader = `reader_${randomUUID().slice(0, 8)}`;
await administer(
  databaseUrl,
  `CREATE ROLE "${reader}" LOGIN PASSWORD 'password'`,
  `GRANT SELECT ON ALL TABLES IN SCHEMA public TO "${reader}"`,
);
afterAll(() => administer(parseEnv(testEnv).TEST_SERVER_URL, `DROP ROLE "${reader}"`)); // its database is gone by now
const simulator = await createSimulator();
const aws = await startAws(REGION);
const awsServices = await startAwsServices(
  new Map([['meta-app', JSON.stringify({ app_secret: simulator.app.secret })]]),
);
afterAll(async () => {
  await Promise.all([simulator.close(), aws.stop(), awsServices.stop(), rm(folder, { recursive: true, force: true })]);
});

const sqs = createSqsClient(REGION, aws.endpoint);
const queueUrls = new Map<string, string>();
for (const consumer of consumers) queueUrls.set(consumer.queue, await ensureQueue(sqs, consumer));
sqs.destroy();
await ensureBucket('uploads', REGION, aws.endpoint);

/** What Lambda sets by itself, and where AWS and Instagram are in this test. */
const surroundings = {
  AWS_REGION: REGION,
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_LAMBDA_FUNCTION_NAME: 'test',
  AWS_ENDPOINT_URL_SQS: aws.endpoint,
  AWS_ENDPOINT_URL_S3: aws.endpoint,
  AWS_ENDPOINT_URL_KMS: awsServices.url,
  AWS_ENDPOINT_URL_SECRETS_MANAGER: awsServices.url,
  INSTAGRAM_GRAPH_URL: simulator.graphUrls.instagram,
  FACEBOOK_GRAPH_URL: simulator.graphUrls.facebook,
};
/** For what the template leaves to AWS: addresses and names of resources. */
const LOCAL_VALUES: Readonly<Record<string, string>> = {
  DATABASE_URL: databaseUrl,
  META_SECRET_ID: 'meta-app',
  TOKEN_KMS_KEY_ID: 'alias/tokens',
  UPLOAD_BUCKET: 'uploads',
  UPLOAD_SIGNER_ROLE_ARN: 'arn:aws:iam::000000000000:role/signer',
  ...Object.fromEntries(
    [...queueUrls].map(([queue, url]) => [`${queue.toUpperCase().replaceAll('-', '_')}_QUEUE_URL`, url]),
  ),
};

/** The very variables that the deployment sets for a function. */
const environmentOf = (entry: string, bundleFolder: string): Record<string, string> => {
  const variables = variablesOf(deployment.get(`instagram-dev-${entry.replaceAll('.', '-')}`));
  const reads = JSON.stringify(variables.DATABASE_URL ?? '').includes('postgres://reader@');
  const values = Object.entries(variables).map(([name, value]) => {
    const local =
      (name === 'DATABASE_URL' && reads ? withLogin(databaseUrl, reader, 'password') : LOCAL_VALUES[name]) ??
      (typeof value === 'string' ? value.replace('/var/task', bundleFolder) : undefined);
    if (local === undefined) throw new Error(`${entry}: this test has no value for ${name}`);
    return [name, local] as const;
  });
  return { ...Object.fromEntries(values), ...surroundings };
};

const bundleOf = (entry: string) => {
  const bundle = bundles.get(entry);
  if (bundle === undefined) throw new Error(`functions/${entry}.ts is not bundled`);
  return bundle;
};
const invoke = (entry: string, event: unknown, timeoutMs?: number) => {
  const bundle = bundleOf(entry);
  return invokeBundle(bundle.folder, environmentOf(entry, bundle.folder), event, timeoutMs);
};
const request = (contract: Endpoint, options: Parameters<typeof apiEvent>[1] = {}) => {
  const path = (pathsOf(contract)[0] ?? '').replace(/\{file\}/, 'swagger-ui.css').replace(/\{\w+\}/g, '2049');
  return apiEvent(path, { claims: { sub: 'tester', scope: contract.scope ?? '' }, ...options }, contract);
};

setEnvironment({ ...surroundings, TOKEN_KMS_KEY_ID: 'alias/tokens' });
const env = { ...parseEnv(instagramEnv), ...parseEnv(tokenEnv), ...parseEnv(scheduleEnv) };
const connect = createConnectSimulated({
  accounts: createAccountRepository(pool),
  cipher: createTokenCipher(env),
  env,
});
await connect({ token: simulator.tokens.instagram, login: 'instagram' });

test.each(routes.map(({ contract, entry }) => [entry, contract] as const))(
  '%s answers a request, as it is deployed',
  async (entry, contract) => {
    const { result, error, output } = await invoke(entry, request(contract));

    expect([error, output]).toEqual([undefined, expect.not.stringContaining('"level":"ERROR"')]);
    const { statusCode } = result as { statusCode: number };
    // What a made-up request is told is the endpoint's own matter, as long as it is no failure of ours.
    expect([200, 201, 202, 204, 400, 404, 410, 415, 422, 502]).toContain(statusCode);
  },
);

test('a sync runs to its end, with a token that KMS opened', async () => {
  const contract = routes.find(({ entry }) => entry === 'start-sync')?.contract as Endpoint;

  const { result, output } = await invoke('start-sync', request(contract, { headers: { prefer: 'wait=20' } }));

  const { statusCode, body } = result as { statusCode: number; body: string };
  expect([statusCode, JSON.parse(body)]).toEqual([200, expect.objectContaining({ status: 'succeeded' })]);
  const calls = metricLines(output).filter(({ event }) => event === 'instagram_call');
  expect(calls[0]).toMatchObject({
    GraphCalls: 1,
    kind: 'ok',
    _aws: { CloudWatchMetrics: [{ Dimensions: [['service', 'kind']] }] },
  });
});

test.each(consumers.map(({ entry }) => [entry]))('%s takes a message, as it is deployed', async (entry) => {
  const body = JSON.stringify({
    account_id: 1,
    sync_run_id: 2049,
    intent_id: 2049,
    publication_id: 2049,
    account_task_id: 2049,
  });
  const Records = [{ messageId: 'm', body, attributes: { ApproximateReceiveCount: '1' } }];

  const { result, error, output } = await invoke(entry, { Records }, 60_000);

  expect([error, result, output]).toEqual([undefined, { batchItemFailures: [] }, output]);
});

/** Log lines that CloudWatch makes metrics of. */
const metricLines = (output: string): Record<string, unknown>[] =>
  output
    .split('\n')
    .filter((line) => line.includes('"_aws"'))
    .map((line) => JSON.parse(line));

test.each(schedules.map(({ entry }) => [entry]))('%s runs, as it is deployed', async (entry) => {
  const { error, output } = await invoke(entry, {});

  expect(error).toBeUndefined();
  const [vitals] = metricLines(output);
  expect(vitals).toMatchObject({
    event: 'vitals',
    service: 'instagram-service',
    DeadTokens: 0,
    _aws: { CloudWatchMetrics: [{ Namespace: 'InstagramService/dev', Dimensions: [['service']] }] },
  });
});

test('an operator connects an account', async () => {
  const { result, error } = await invoke('connect-account', { access_token: simulator.tokens.instagram });

  expect(error).toBeUndefined();
  expect(result).toMatchObject({ account_id: 1, connected: false });
});

test('dead letters that are moved back act once, however many wake the same work', async () => {
  const { id } = await pool.one(sql.type(z.strictObject({ id: z.number() }))`
    INSERT INTO sync_runs (account_id, id, mode) VALUES (1, next_row_id(1), 'full') RETURNING id
  `);
  const client = createSqsClient(REGION, aws.endpoint);
  const queueUrl = queueUrls.get('sync') ?? '';
  const MessageBody = JSON.stringify({ account_id: 1, sync_run_id: id });
  for (let copies = 0; copies < 3; copies += 1) {
    await client.send(new SendMessageCommand({ QueueUrl: `${queueUrl}-dead-letters`, MessageBody }));
  }

  const { result } = await invoke('redrive', {});
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 }),
  );
  client.destroy();
  const outcomes = await Promise.all(
    Messages.map(({ Body }) => {
      const Records = [{ messageId: 'm', body: Body, attributes: { ApproximateReceiveCount: '1' } }];
      return invoke('sync-posts.consumer', { Records }, 60_000);
    }),
  );

  expect(result).toEqual({ ...Object.fromEntries(consumers.map(({ queue }) => [queue, 0])), sync: 3 });
  expect(outcomes.map((outcome) => outcome.result)).toEqual(Array(3).fill({ batchItemFailures: [] }));
  const run = await pool.one(sql.type(z.strictObject({ status: z.string(), lease_epoch: z.number() }))`
    SELECT status, lease_epoch FROM sync_runs WHERE id = ${id}
  `);
  expect(run).toEqual({ status: 'succeeded', lease_epoch: 1 });
});

test('a first deployment migrates an empty database', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'first-deployment-'));
  await chmod(dataDir, 0o711); // PostgreSQL's own account passes through it when we are root
  const server = await startPostgres({ dataDir, log: () => undefined, settings: { fsync: 'off' } });
  try {
    // As RDS makes it, with passwords in place of IAM.
    await administer(
      server.url,
      "CREATE ROLE administrator LOGIN CREATEROLE CREATEDB PASSWORD 'password'",
      'ALTER DATABASE instagram OWNER TO administrator',
      'SET ROLE administrator',
      "CREATE ROLE app LOGIN PASSWORD 'password'",
      "CREATE ROLE migrator LOGIN PASSWORD 'password'",
      "CREATE ROLE reader LOGIN PASSWORD 'password'",
    );
    const { folder: bundleFolder } = bundleOf('migrate');
    const environment = {
      ...environmentOf('migrate', bundleFolder),
      DATABASE_URL: withLogin(server.url, 'migrator'),
      PGPASSWORD: 'password',
    };

    const { result, error, output } = await invokeBundle(bundleFolder, environment, {}, 60_000);

    expect([error, output]).toEqual([undefined, output]);
    expect(result).toEqual({ applied: await knownMigrations() });
  } finally {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
});

test('a function without a variable it needs does not start, and names it', async () => {
  const { folder: bundleFolder } = bundleOf('start-sync');
  const { DATABASE_URL: _, ...environment } = environmentOf('start-sync', bundleFolder);

  const { error } = await invokeBundle(bundleFolder, environment, {});

  expect(error).toMatch(/^Error: Invalid environment: DATABASE_URL: /);
});
