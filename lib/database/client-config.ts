import type { ClientConfig } from 'pg';
import { parseIntoClientConfig } from 'pg-connection-string';
import { awsCredentialsEnv, parseEnv } from '../config.ts';
import { createIamToken } from './iam-token.ts';

/** `pg` verifies all of these like `verify-full`, and prints a warning of seven lines about it wherever it reads one. */
const VERIFIED_ALL_THE_SAME = /([?&]sslmode=)(?:prefer|require|verify-ca)(?=&|$)/;

/** The same URL, saying what is done. With `uselibpqcompat` they mean what libpq means by them, and stay. */
const withPlainSslMode = (url: string): string =>
  url.includes('uselibpqcompat=true') ? url : url.replace(VERIFIED_ALL_THE_SAME, '$1verify-full');

/**
 * How `pg` reaches a database URL. With `auth=iam` in its query, no password is needed: every connection logs in with
 * an IAM token of its own, signed at that moment, so no expired one is ever used.
 * @throws {Error} for `auth=iam` without `sslmode=verify-full`: another server could read the token.
 */
export const toClientConfig = (url: string): ClientConfig => {
  const { searchParams } = new URL(url);
  if (searchParams.get('auth') !== 'iam') return { connectionString: withPlainSslMode(url) };
  if (searchParams.get('sslmode') !== 'verify-full') {
    throw new Error('DATABASE_URL: auth=iam needs sslmode=verify-full, or the login could be read on its way');
  }
  const config = parseIntoClientConfig(url);
  const { host = '', port = 5432, user = '' } = config;
  return { ...config, password: () => createIamToken({ host, port, user, ...readCredentials() }, new Date()) };
};

/** The credentials of Lambda's role, from the environment of the function. */
const readCredentials = () => {
  const env = parseEnv(awsCredentialsEnv);
  return {
    region: env.AWS_REGION,
    credentials: {
      accessKeyId: env.AWS_ACCESS_KEY_ID,
      secretAccessKey: env.AWS_SECRET_ACCESS_KEY,
      sessionToken: env.AWS_SESSION_TOKEN,
    },
  };
};
