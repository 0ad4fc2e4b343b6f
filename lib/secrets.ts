import type { z } from 'zod';

const CONNECT_TIMEOUT_MS = 1_000;
const REQUEST_TIMEOUT_MS = 5_000;

/**
 * Reads a secret of AWS Secrets Manager that is a JSON object.
 * @throws {Error} when it cannot be read; the message repeats nothing of the secret.
 */
export const readSecret = async <Schema extends z.ZodType>(id: string, schema: Schema): Promise<z.output<Schema>> => {
  const { GetSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
  const client = new SecretsManagerClient({
    maxAttempts: 3,
    requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS },
  });
  try {
    const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId: id }), {
      abortSignal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    return parseSecret(SecretString, schema);
  } finally {
    client.destroy();
  }
};

/** Errors of `JSON.parse` and of zod quote what they read. */
const parseSecret = <Schema extends z.ZodType>(text: string, schema: Schema): z.output<Schema> => {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw new Error('The secret is not the JSON object it should be');
  }
};
