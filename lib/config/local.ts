import { z } from 'zod';
import { databaseEnv } from './database.ts';
import { httpUrl, names, port, url } from './values.ts';

/** The account that is connected at start-up, locally. */
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
  ALLOWED_HOSTS: names().transform((list) => list.map((name) => name.toLowerCase())),
  /**
   * Used instead of `DATABASE_URL`, on the same server, while Instagram is simulated: simulated posts never mix with
   * real ones. Made where it is missing.
   */
  SIMULATED_DATABASE_URL: databaseEnv.shape.DATABASE_URL.optional(),
  /** A simulator that runs elsewhere; unset: one is started where there is no token. */
  INSTAGRAM_SIMULATOR_URL: httpUrl().optional(),
});

/** How `npm start` writes its lines; unset: for people on a terminal, JSON elsewhere. */
export const logFormatEnv = z.object({
  LOG_FORMAT: z.enum(['pretty', 'json'], { error: 'must be pretty or json' }).optional(),
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
  OIDC_AUDIENCE: names(),
});

/** Whether an authorizer asks for tokens; the local home says that none does, where no issuer is configured. */
export const authorizerEnv = z.object({
  API_AUTHORIZER: z.enum(['jwt', 'none'], { error: 'must be jwt or none' }).default('jwt'),
});

/** How many runs each property is tried on, and which: those of one seed are the same each time. */
export const runsEnv = z.object({
  RUNS: z.coerce.number({ error: 'must be a whole number' }).int().min(1).default(200),
  SEED: z.coerce.number({ error: 'must be a whole number' }).int().optional(),
});

/** The chaos run that is asked for (`npm run chaos`); without a seed, those that every test run plays. */
export const chaosEnv = z.object({
  CHAOS_SEED: z.coerce.number({ error: 'must be a whole number' }).int().optional(),
  CHAOS_MINUTES: z.coerce.number({ error: 'must be a whole number' }).int().min(1).default(60),
});

/** What jest's global setup leaves for the test files: the one server of the run, and the database they copy. */
export const testEnv = z.object({
  TEST_SERVER_URL: url(/^postgres(ql)?$/, 'a postgres:// URL'),
  TEST_TEMPLATE: z.string(),
});

/** The same for tests of the deployment: who synthesizes for them. */
export const synthesisEnv = z.object({ TEST_SYNTHESIS_URL: httpUrl() });

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
  INSTAGRAM_SIMULATOR_ALLOWED_HOSTS: names(),
  /** What links to pictures begin with, where browsers reach the simulator by another address than its callers. */
  INSTAGRAM_SIMULATOR_CDN_URL: httpUrl().optional(),
});
