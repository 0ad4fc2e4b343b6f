import { z } from 'zod';
import { databaseUrl } from './values.ts';

/**
 * `DATABASE_URL` as `pg` and libpq read it (`sslmode=verify-full`, `sslrootcert=<file>`). With `auth=iam` in its query
 * it has no password: each connection logs in with an IAM token (`lib/database/client-config.ts`).
 */
export const databaseEnv = z.object({
  DATABASE_URL: databaseUrl(),
  DATABASE_POOL_SIZE: z.coerce.number({ error: 'must be a whole number' }).int().min(1).max(100).default(1),
});

/** The credentials that Lambda gives a function, to sign without an SDK. */
export const awsCredentialsEnv = z.object({
  AWS_REGION: z.string(),
  AWS_ACCESS_KEY_ID: z.string(),
  AWS_SECRET_ACCESS_KEY: z.string(),
  AWS_SESSION_TOKEN: z.string().optional(),
});
