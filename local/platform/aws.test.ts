import { mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { ListQueuesCommand } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createObjectStore } from '../../lib/uploads/object-store.ts';
import { type LocalAws, startLastingAws } from './aws.ts';
import { createSqsClient, ensureQueue } from './queues.ts';

const BUCKET = 'uploads';
const region = 'us-east-1';

let dataDir: string;
let aws: LocalAws;
const start = async (port = 0): Promise<LocalAws> =>
  startLastingAws({ region, port, dataDir, allowedHosts: ['storage'] });
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'aws-'));
  aws = await start();
});
afterEach(async () => {
  await aws.stop();
  rmSync(dataDir, { recursive: true });
});

const givenBucket = async () => {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new S3Client({ endpoint: aws.endpoint, region, forcePathStyle: true, credentials });
  await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
  client.destroy();
};
const store = (linkEndpoint = aws.endpoint) =>
  createObjectStore({ bucket: BUCKET, region, endpoint: aws.endpoint, linkEndpoint, now: Date.now });

const sendForm = async (key: string, bytes: Buffer, init: RequestInit = {}): Promise<Response> => {
  const { url, fields } = await store().signPost({ key, content_type: 'video/mp4', size: bytes.length });
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', new Blob([new Uint8Array(bytes)]), 'video.mp4');
  return fetch(url, { ...init, method: 'POST', body: form });
};

/** `fetch` sets no `Host` of its own. */
const withHost = async (url: string, host: string, headers: Record<string, string> = {}): Promise<number> => {
  return new Promise((resolve, reject) => {
    const request = get(url, { headers: { ...headers, host } }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', reject);
  });
};

test('files and queues are there again after a restart', async () => {
  await givenBucket();
  const { etag } = await store().put('uploads/1/a', Buffer.from('picture'), 'image/jpeg');
  const before = createSqsClient(region, aws.endpoint);
  await ensureQueue(before, { queue: 'sync', timeoutSeconds: 1, maxReceiveCount: 5 });
  before.destroy();

  await aws.stop();
  aws = await start();

  const after = createSqsClient(region, aws.endpoint);
  const { QueueUrls } = await after.send(new ListQueuesCommand({}));
  after.destroy();
  expect(QueueUrls).toHaveLength(2);
  expect(await store().head('uploads/1/a')).toEqual({ etag, version_id: null, size: 7 });
});

test('a link opens by a name that browsers take for this machine and containers look up', async () => {
  await givenBucket();
  await store().put('uploads/1/a', Buffer.from('picture'), 'image/jpeg');
  const { port } = new URL(aws.endpoint);
  const { url } = await store(`http://aws.localhost:${port}`).signLink('uploads/1/a');

  const { pathname, search, host } = new URL(url);
  expect(host).toBe(`aws.localhost:${port}`);
  expect(await withHost(`${aws.endpoint}${pathname}${search}`, host)).toBe(200);
});

test('a form takes a video of any size that Instagram does', async () => {
  await givenBucket();
  const video = Buffer.alloc(20 * 1024 * 1024);

  const { status } = await sendForm('uploads/1/video', video);

  expect(status).toBe(204);
  expect(await store().head('uploads/1/video')).toMatchObject({ size: video.length });
});

test('answers to loopback names and those it was given; pages of this machine may read its answers', async () => {
  await givenBucket();
  const url = `${aws.endpoint}/health`;

  expect(await withHost(url, 'storage:4566')).toBe(200);
  expect(await withHost(url, 'evil.test')).toBe(403);
  expect(await withHost(url, '127.0.0.1', { origin: 'https://evil.test' })).toBe(403);
  const { status, headers } = await sendForm('uploads/1/a', Buffer.from('x'), {
    headers: { origin: 'http://localhost:3000' },
  });
  expect([status, headers.get('access-control-allow-origin')]).toEqual([204, 'http://localhost:3000']);
});
