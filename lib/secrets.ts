import type { z } from 'zod';
import { clientConfig, withinMs } from './aws-client.ts';

/**
 * Reads a secret of AWS Secrets Manager that is a JSON object.
 * @throws {Error} when it cannot be read; the message repeats nothing of the secret.
 */
export const readSecret = async <Schema extends z.ZodType>(id: string, schema: Schema): Promise<z.output<Schema>> => {
  const { GetSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
  const client = new SecretsManagerClient(clientConfig());
  try {
    const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId: id }), withinMs());
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
