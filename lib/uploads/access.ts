import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { createAccountResolver } from '../accounts/resolve-account.ts';
import { databaseEnv, uploadEnv } from '../config.ts';
import { createDatabase } from '../database/create-database.ts';
import { createObjectStore } from './object-store.ts';
import { createUploadRepository } from './repository.ts';

/** Environment of every function that works on uploads. */
export const uploadAccessEnv = z.object({ ...databaseEnv.shape, ...uploadEnv.shape });

/** The bucket that the environment names. */
export const createUploadStore = (env: z.output<typeof uploadEnv>) =>
  createObjectStore({
    bucket: env.UPLOAD_BUCKET,
    region: env.AWS_REGION,
    endpoint: env.AWS_ENDPOINT_URL_S3,
    linkEndpoint: env.UPLOAD_LINK_ENDPOINT,
    formEndpoint: env.UPLOAD_FORM_ENDPOINT,
    signerRoleArn: env.UPLOAD_SIGNER_ROLE_ARN,
    now: Date.now,
  });

/** Composes what those functions share. */
export const createUploadAccess = async (env: z.output<typeof uploadAccessEnv>) => {
  const database = await createDatabase(env);
  return {
    resolveAccount: createAccountResolver(database),
    uploads: createUploadRepository(database),
    store: createUploadStore(env),
    newId: randomUUID as () => string,
    now: Date.now,
  };
};
