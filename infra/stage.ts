import type { Node } from 'constructs';
import { z } from 'zod';

/** `-c name=true` reaches the app as text. */
const flag = z
  .union([z.boolean(), z.enum(['true', 'false'])], { error: 'must be true or false' })
  .transform((value) => value === true || value === 'true');
const whole = (least: number, most: number) =>
  z.coerce
    .number({ error: `must be a whole number from ${least} to ${most}` })
    .int()
    .min(least)
    .max(most);
const list = z.union([z.array(z.string()), z.string().transform((text) => text.split(',').filter(Boolean))]);
const httpsUrl = z.url({ protocol: /^https$/, error: 'must be an https URL' });

/**
 * What a stage can choose. `cdk.json` has a value for each under `stages`; `-c <name>=<value>` overrides one for a single
 * run, but for those that a deployment without it would take away again. Prices of the switches: docs/aws.md, cost.
 */
const stageSchema = z.strictObject({
  region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be an AWS region'),
  /** Named rather than looked up, so that a synthesis needs no AWS account. */
  availabilityZones: list.refine((zones) => zones.length >= 2, 'must name two zones or more: RDS wants them'),
  /** Set, a deployment into any other account is refused. */
  account: z
    .string()
    .regex(/^\d{12}$/, 'must be 12 digits')
    .optional(),

  /** Of the tokens the API takes. Without an issuer nobody is let in. */
  issuer: httpsUrl.optional(),
  audience: list.default([]),
  publicBaseUrl: httpsUrl.optional(),
  /** Web pages that may call the API from a browser. */
  apiOrigins: list.default([]),
  /** A domain of one's own and its certificate, of ACM in the same region; the output says what its DNS must point to. */
  domainName: z
    .string()
    .regex(/^([a-z0-9-]+\.)+[a-z]{2,}$/, 'must look like api.example.com')
    .optional(),
  certificateArn: z
    .string()
    .regex(/^arn:aws[a-z-]*:acm:/, 'must be the ARN of a certificate of ACM')
    .optional(),
  requestsPerSecond: whole(1, 10_000),
  requestBurst: whole(1, 5_000),

  database: z.enum(['instance', 'aurora'], { error: 'must be instance or aurora' }),
  databaseInstanceType: z.string().regex(/^[a-z0-9]+\.[a-z0-9]+$/, 'must look like t4g.micro'),
  /** PostgreSQL's minor version: it changes when a commit says so, in one stage first. */
  databaseVersion: z.string().regex(/^18\.\d+$/, 'must be a minor version of PostgreSQL 18, like 18.1'),
  databaseStorageGb: whole(20, 65_536),
  /** A second server in another zone, which takes over if the first one fails. */
  databaseStandby: flag,
  /** Of Aurora Serverless v2, in halves of a capacity unit (2 GB each). */
  auroraMinCapacity: z.coerce.number().min(0).max(256),
  auroraMaxCapacity: z.coerce.number().min(1).max(256),
  /** A change takes effect at a restart of the server, a minute without it; `npm run deploy` says so and does it. */
  databaseMaxConnections: whole(40, 5_000),
  databaseBackupDays: whole(1, 35),
  /** Of a snapshot to go on from (runbook, restore). Once set it stays: without it the database would start anew. */
  databaseSnapshot: z.string().optional(),
  proxy: flag,
  /** Data outlives the stack, and nothing deletes the database in passing. */
  protectData: flag,

  /** How functions reach Instagram and AWS: through a NAT gateway, or over IPv6 alone. */
  egress: z.enum(['nat', 'ipv6'], { error: 'must be nat or ipv6' }),
  natGateways: whole(1, 3),

  /** Executions at once of each function that uses the database and answers requests; `concurrencyOf` for exceptions. */
  endpointConcurrency: whole(1, 1_000),
  /** The same of those that people call now and then (`rare` in functions/routes.ts). */
  rareConcurrency: whole(1, 1_000),
  concurrencyOf: z.record(z.string(), whole(1, 1_000)).default({}),
  /** Executions at once of each worker. */
  workerConcurrency: whole(2, 1_000),

  logDays: z.literal([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365]),
  /** No higher than info: metrics are log lines of that level, and alarms would see nothing. */
  logLevel: z.enum(['debug', 'info'], { error: 'must be debug or info' }),
  tracing: flag,
  /** An account that has had no successful sync for longer is a ticket. */
  maxSyncLagHours: whole(1, 8_760).default(26),

  /** Who gets alarms that cannot wait (`page`), and who gets those for the next working day (`ticket`; unset: the same). */
  alarmEmail: z.email('must be an e-mail address').optional(),
  ticketEmail: z.email('must be an e-mail address').optional(),

  metaAppId: z.string().regex(/^\d+$/, 'must be digits').optional(),
  graphApiVersion: z
    .string()
    .regex(/^v\d{1,3}\.\d$/, 'must look like v25.0')
    .optional(),
  /** Web pages that may send files straight to the bucket. */
  uploadOrigins: list.default([]),
});

/** Given on a command line, these would be gone with the next deployment that does not repeat them. */
const LASTING = [
  'account',
  'alarmEmail',
  'audience',
  'certificateArn',
  'databaseSnapshot',
  'databaseVersion',
  'domainName',
  'issuer',
  'metaAppId',
  'publicBaseUrl',
  'ticketEmail',
] as const satisfies (keyof typeof stageSchema.shape)[];

/** A deployment of the whole service: `dev`, `prod`, or one of your own in `cdk.json`. */
export interface Stage extends z.output<typeof stageSchema> {
  name: string;
  /** What the names of its stacks, functions, queues and alarms begin with. */
  prefix: string;
}

/**
 * Reads the stage that `-c stage=<name>` names.
 * @throws {Error} one line that says which setting must be what.
 */
export const readStage = (node: Node): Stage => {
  const stages = z.record(z.string(), z.record(z.string(), z.unknown())).parse(node.tryGetContext('stages'));
  const name: unknown = node.tryGetContext('stage');
  const settings = typeof name === 'string' ? stages[name] : undefined;
  if (typeof name !== 'string' || settings === undefined) {
    throw new Error(`-c stage=<name> must be one of cdk.json's: ${Object.keys(stages).join(', ')}`);
  }
  const overrides = Object.keys(stageSchema.shape)
    .map((key) => [key, node.tryGetContext(key) as unknown] as const)
    .filter(([, value]) => value !== undefined && value !== '');
  const fleeting = LASTING.filter((key) => overrides.some(([given]) => given === key));
  if (fleeting.length > 0) {
    throw new Error(
      `Stage ${name}: ${fleeting.join(', ')}: belongs into cdk.json, stages.${name}, where the next deployment finds it`,
    );
  }
  const { success, data, error } = stageSchema.safeParse({ ...settings, ...Object.fromEntries(overrides) });
  if (!success) {
    const problems = error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new Error(`Stage ${name}: ${problems.join('; ')}`);
  }
  if (data.issuer !== undefined && data.audience.length === 0) {
    throw new Error(`Stage ${name}: audience: must be given with issuer, or tokens for any other service are let in`);
  }
  const elsewhere = data.availabilityZones.filter((zone) => !zone.startsWith(data.region));
  if (elsewhere.length > 0) {
    throw new Error(`Stage ${name}: availabilityZones: ${elsewhere.join(', ')} is not in region ${data.region}`);
  }
  if ((data.domainName === undefined) !== (data.certificateArn === undefined)) {
    throw new Error(`Stage ${name}: domainName and certificateArn: must be given together`);
  }
  const publicBaseUrl = data.publicBaseUrl ?? (data.domainName && `https://${data.domainName}`);
  return { ...data, ...(publicBaseUrl !== undefined && { publicBaseUrl }), name, prefix: `instagram-${name}` };
};
