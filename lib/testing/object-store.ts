import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll } from '@jest/globals';
import { startAws } from '../../local/platform/aws.ts';

export const BUCKET = 'uploads-test';

/**
 * S3 over its real protocol with an empty bucket, until the file's last test. Call it at the top level of a test file,
 * before importing a handler. It takes any signature and any form: whatever must hold, we must check.
 */
export const startObjectStore = async () => {
  const { endpoint, stop } = await startAws('us-east-1');
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
  // biome-ignore lint/style/noProcessEnv: handlers read the environment when they are imported, as they do on Lambda
  Object.assign(process.env, { AWS_ENDPOINT_URL_S3: endpoint, UPLOAD_BUCKET: BUCKET });
  afterAll(async () => {
    client.destroy();
    await stop();
  });

  /** Sends a file with a form, as a browser would; `fields` replaces some of it. */
  const postForm = async (
    { url, fields }: { url: string; fields: Readonly<Record<string, string>> },
    file: Buffer,
    replaced: Readonly<Record<string, string>> = {},
  ): Promise<number> => {
    const form = new FormData();
    for (const [name, value] of Object.entries({ ...fields, ...replaced })) form.append(name, value);
    form.append('file', new Blob([new Uint8Array(file)]), 'video.mp4');
    const { status } = await fetch(url, { method: 'POST', body: form });
    return status;
  };

  /** Reads a link, as Instagram would. */
  const readLink = async (url: string) => {
    const response = await fetch(url);
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      bytes: Buffer.from(await response.arrayBuffer()),
    };
  };
  return { endpoint, client, postForm, readLink };
};
