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

const url = (protocol: RegExp, what: string) => z.url({ protocol, error: `must be ${what}` });
const httpUrl = url(/^https?$/, 'an http or https URL').transform((value) => value.replace(/\/+$/, ''));
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

export const syncQueueEnv = z.object({
  AWS_REGION: z.string().default('us-east-1'),
  AWS_ENDPOINT_URL_SQS: httpUrl.optional(),
  SYNC_QUEUE_URL: httpUrl,
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
  PORT: z.coerce.number({ error: 'must be a port number' }).int().min(0).max(65_535).default(8000),
  DATA_DIR: z.string().default('.local'),
  ALLOW_OPEN_BIND: z
    .enum(['true', 'false'], { error: 'must be true or false' })
    .default('false')
    .transform((value) => value === 'true'),
});

/** What jest's global setup leaves for the test files: the one server of the run, and the database they copy. */
export const testEnv = z.object({
  TEST_SERVER_URL: url(/^postgres(ql)?$/, 'a postgres:// URL'),
  TEST_TEMPLATE: z.string(),
});
