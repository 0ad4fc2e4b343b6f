import { readFileSync } from 'node:fs';
import { parseEnv as parseEnvFile } from 'node:util';
import { z } from 'zod';

/** An empty value counts as unset, as `docker-compose` and `.env` files leave one behind. */
const withoutEmpty = (env: NodeJS.ProcessEnv) =>
  Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));

/** Parses the environment. The message says which variable must be what, and never repeats a value. */
export function parseEnv<Schema extends z.ZodObject>(
  schema: Schema,
  env: NodeJS.ProcessEnv = process.env,
): z.output<Schema> {
  const result = schema.safeParse(withoutEmpty(env));
  if (result.success) return result.data;
  throw new Error(
    `Invalid environment: ${result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')}`,
  );
}

/**
 * The process's environment, completed from a file of `NAME=value` lines where there is one: what is set and not empty in
 * the environment wins.
 * @throws {Error} one line, when the file is there and cannot be read.
 */
export const readEnvironment = (file: string): NodeJS.ProcessEnv => {
  try {
    return { ...parseEnvFile(readFileSync(file, 'utf8')), ...withoutEmpty(process.env) };
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return withoutEmpty(process.env);
    throw new Error(`${file} cannot be read (${code})`, { cause });
  }
};

/**
 * Sets variables for whatever is imported from now on. Functions read theirs when they are imported: what the deployment
 * sets on each Lambda, the local platform sets so, in one go and before it imports any.
 */
export const setEnvironment = (values: NodeJS.ProcessEnv): void => {
  Object.assign(process.env, withoutEmpty(values));
};

const url = (protocol: RegExp, what: string) => z.url({ protocol, error: `must be ${what}` });
const httpUrl = url(/^https?$/, 'an http or https URL').transform((value) => value.replace(/\/+$/, ''));
const port = (fallback: number) =>
  z.coerce.number({ error: 'must be a port number' }).int().min(0).max(65_535).default(fallback);
/** Names separated by commas. */
const names = z
  .string()
  .default('')
  .transform((list) =>
    list
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  );
const seconds = (fallback: number) =>
  z.coerce.number({ error: 'must be a number of seconds' }).positive().default(fallback);

export const logEnv = z.object({
  LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error'], { error: 'must be debug, info, warn or error' })
    .default('info'),
});

/**
 * `DATABASE_URL` as `pg` and libpq read it (`sslmode=verify-full`, `sslrootcert=<file>`); with `auth=iam` in its query
 * there is no password in it: each connection logs in with an IAM token (`lib/database/client-config.ts`).
 */
export const databaseEnv = z.object({
  DATABASE_URL: url(/^postgres(ql)?$/, 'a postgres:// URL'),
  DATABASE_POOL_SIZE: z.coerce.number({ error: 'must be a whole number' }).int().min(1).max(100).default(1),
});

/** CloudWatch's namespace for our metrics; unset: none are written. */
export const metricsEnv = z.object({ POWERTOOLS_METRICS_NAMESPACE: z.string().optional() });

/** Where the migrations are, for a function whose code is not in its usual place. */
export const migrationsEnv = z.object({ MIGRATIONS_FOLDER: z.string().optional() });

/** For the function that a deployment runs: `DATABASE_URL` is the `migrator`'s. */
export const migrateEnv = z.object({
  DATABASE_URL: databaseEnv.shape.DATABASE_URL,
  DATABASE_ADMIN_SECRET_ID: z.string(),
  ...migrationsEnv.shape,
});

export const instagramEnv = z.object({
  INSTAGRAM_GRAPH_URL: httpUrl.default('https://graph.instagram.com'),
  FACEBOOK_GRAPH_URL: httpUrl.default('https://graph.facebook.com'),
  GRAPH_API_VERSION: z
    .string()
    .regex(/^v[0-9]{1,3}\.[0-9]$/, 'must look like v25.0')
    .default('v25.0'),
  META_APP_ID: z
    .string()
    .regex(/^[0-9]+$/, 'must be digits')
    .optional(),
  META_APP_SECRET: z.string().min(8, 'must be the app secret').optional(),
  /** Where the app's secrets are kept in Secrets Manager; read when they are first needed (`lib/secrets.ts`). */
  META_SECRET_ID: z.string().optional(),
});

/** The credentials that Lambda gives a function, for what is signed without an SDK. */
export const awsCredentialsEnv = z.object({
  AWS_REGION: z.string(),
  AWS_ACCESS_KEY_ID: z.string(),
  AWS_SECRET_ACCESS_KEY: z.string(),
  AWS_SESSION_TOKEN: z.string().optional(),
});

/** How stored tokens are encrypted: KMS on AWS, a key file locally. */
export const tokenEnv = z.object({
  TOKEN_KMS_KEY_ID: z.string().optional(),
  TOKEN_KEY_FILE: z.string().optional(),
});

/** Timings of background work; shorter in tests, so that a crash is recovered within their patience. */
export const workEnv = z.object({
  LEASE_SECONDS: seconds(60),
});

/**
 * How long a write to Instagram may be under way, how long after that its effect may take to show, and how far apart two
 * looks for it must be. Shorter in tests.
 */
export const intentEnv = z.object({
  INTENT_SEND_SECONDS: seconds(10),
  INTENT_SETTLE_SECONDS: seconds(5),
  INTENT_SPACING_SECONDS: seconds(3),
});

export const intentsQueueEnv = z.object({
  AWS_REGION: z.string().default('us-east-1'),
  AWS_ENDPOINT_URL_SQS: httpUrl.optional(),
  INTENTS_QUEUE_URL: httpUrl,
});

export const syncQueueEnv = z.object({
  AWS_REGION: z.string().default('us-east-1'),
  AWS_ENDPOINT_URL_SQS: httpUrl.optional(),
  SYNC_QUEUE_URL: httpUrl,
});

export const publicationsQueueEnv = z.object({
  AWS_REGION: z.string().default('us-east-1'),
  AWS_ENDPOINT_URL_SQS: httpUrl.optional(),
  PUBLICATIONS_QUEUE_URL: httpUrl,
});

const QUEUE_URL = /^([A-Z][A-Z0-9_]*)_QUEUE_URL$/;

/** The queues that the environment names, by name: `SYNC_QUEUE_URL` is that of `sync`. */
export const readQueueUrls = (env: NodeJS.ProcessEnv = process.env): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(withoutEmpty(env)).flatMap(([variable, value]) => {
      const name = QUEUE_URL.exec(variable)?.[1]?.toLowerCase().replaceAll('_', '-');
      return name === undefined ? [] : [[name, httpUrl.parse(value)] as const];
    }),
  );

/** How SQS is reached, whichever queue it is about. */
export const sqsEnv = z.object({
  AWS_REGION: z.string().default('us-east-1'),
  AWS_ENDPOINT_URL_SQS: httpUrl.optional(),
});

/** Where files to publish are kept, and how links to them are made. */
export const uploadEnv = z.object({
  AWS_REGION: z.string().default('us-east-1'),
  AWS_ENDPOINT_URL_S3: httpUrl.optional(),
  UPLOAD_BUCKET: z.string({ error: 'must be the name of the bucket' }).min(3),
  /** What links begin with, where those who follow them know S3 by another address than the functions do. */
  UPLOAD_LINK_ENDPOINT: httpUrl.optional(),
  /** The role whose sessions sign links: Lambda's own may end at any moment, and every link with it. */
  UPLOAD_SIGNER_ROLE_ARN: z
    .string()
    .regex(/^arn:aws[a-z-]*:iam::[0-9]{12}:role\/.+$/, 'must be the ARN of a role')
    .optional(),
});

export const httpEnv = z.object({ PUBLIC_BASE_URL: httpUrl.optional() });

/** What `INSTAGRAM_ACCESS_TOKEN` connects at start-up, locally. */
export const connectEnv = z.object({
  INSTAGRAM_ACCESS_TOKEN: z.string().min(1).optional(),
  INSTAGRAM_USER_ID: z
    .string()
    .regex(/^[0-9]+$/, 'must be digits')
    .optional(),
  INSTAGRAM_LOGIN: z.enum(['instagram', 'facebook'], { error: 'must be instagram or facebook' }).default('instagram'),
});

export const localEnv = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: port(8000),
  DATA_DIR: z.string().default('.local'),
  ALLOW_OPEN_BIND: z
    .enum(['true', 'false'], { error: 'must be true or false' })
    .default('false')
    .transform((value) => value === 'true'),
  /** Names to answer to beside loopback ones; unset: any, where others than this machine may reach it at all. */
  ALLOWED_HOSTS: names.transform((list) => list.map((name) => name.toLowerCase())),
  /**
   * Takes the place of `DATABASE_URL`, on the same server, while Instagram is simulated: simulated posts never mix with
   * real ones. Made where it is missing.
   */
  SIMULATED_DATABASE_URL: databaseEnv.shape.DATABASE_URL.optional(),
  /** A simulator that runs elsewhere; unset: one is started where there is no token. */
  INSTAGRAM_SIMULATOR_URL: httpUrl.optional(),
});

/** SQS and S3 in a process of their own (`local/aws-server.ts`). */
export const awsServerEnv = z.object({
  AWS_REGION: z.string().default('us-east-1'),
  AWS_PORT: port(4566),
  ...localEnv.pick({ DATA_DIR: true, ALLOWED_HOSTS: true }).shape,
});

/** Who issues the tokens that the local adapter asks for; unset: it asks for none. */
export const oidcEnv = z.object({
  OIDC_ISSUER: z.string().optional(),
  /** One or several, separated by commas. */
  OIDC_AUDIENCE: names,
});

/** What jest's global setup leaves for the test files: the one server of the run, and the database they copy. */
export const testEnv = z.object({
  TEST_SERVER_URL: url(/^postgres(ql)?$/, 'a postgres:// URL'),
  TEST_TEMPLATE: z.string(),
});

/** The simulated Instagram (`npm run simulator`). */
export const simulatorEnv = z.object({
  INSTAGRAM_SIMULATOR_HOST: z.string().default('127.0.0.1'),
  INSTAGRAM_SIMULATOR_PORT: port(8001),
  INSTAGRAM_SIMULATOR_SEED: z.coerce.number({ error: 'must be a whole number' }).int().default(1),
  /** Unset: the demo account, with every oddity. */
  INSTAGRAM_SIMULATOR_MEDIA: z.coerce
    .number({ error: 'must be a whole number up to 20000' })
    .int()
    .min(0)
    .max(20_000)
    .optional(),
  INSTAGRAM_SIMULATOR_LATENCY_MS: z.coerce.number({ error: 'must be milliseconds' }).int().min(0).default(0),
  /** Names to answer to beside loopback ones, as a container's neighbours use. */
  INSTAGRAM_SIMULATOR_ALLOWED_HOSTS: names,
  /** What links to pictures begin with, where browsers know the simulator by another address than its callers. */
  INSTAGRAM_SIMULATOR_CDN_URL: httpUrl.optional(),
});
