import { BucketAlreadyExists, BucketAlreadyOwnedByYou, CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CALL_TIMEOUT_MS } from './queues.ts';

/** Makes a bucket on a stand-in for S3, where it is missing. */
export const ensureBucket = async (bucket: string, region: string, endpoint: string): Promise<void> => {
  const client = new S3Client({
    region,
    endpoint,
    maxAttempts: 1,
    forcePathStyle: true, // names of the form bucket.host do not resolve
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' }, // any credentials work; real ones must not be sent there
  });
  try {
    const abortSignal = AbortSignal.timeout(CALL_TIMEOUT_MS);
    await client.send(new CreateBucketCommand({ Bucket: bucket }), { abortSignal });
  } catch (error) {
    const exists = error instanceof BucketAlreadyOwnedByYou || error instanceof BucketAlreadyExists;
    if (!exists) throw error;
  } finally {
    client.destroy();
  }
};
