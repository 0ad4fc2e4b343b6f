import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { get, request } from 'node:http';
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

/** The head of a form, up to the first byte of its file. */
const formHead = (key: string | null) =>
  [...(key === null ? [] : ['--edge', 'content-disposition: form-data; name="key"', '', key]), '--edge']
    .concat('content-disposition: form-data; name="file"; filename="a.mp4"', 'content-type: video/mp4', '', '')
    .join('\r\n');
const openForm = () => {
  const sent = request(`${aws.endpoint}/${BUCKET}`, {
    method: 'POST',
    headers: { 'content-type': 'multipart/form-data; boundary=edge' },
  });
  const status = new Promise<number>((resolve, reject) => {
    sent.on('response', (response) => resolve(response.resume().statusCode ?? 0)).on('error', reject);
  });
  return { sent, status };
};
/** The size of each file below a folder. */
const sizesBelow = (folder: string): number[] =>
  existsSync(folder)
    ? readdirSync(folder, { withFileTypes: true, recursive: true })
        .filter((entry) => entry.isFile())
        .map((entry) => statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0)
    : [];

test('what has arrived of a file is on the disk before the rest is sent', async () => {
  const half = 4 * 1024 * 1024;
  const objects = join(dataDir, 'objects');
  const { sent, status } = openForm();
  sent.write(formHead('uploads/1/video'));
  sent.write(Buffer.alloc(half, 'a'));
  // All but what is on its way in buffers of streams.
  while (!sizesBelow(objects).some((size) => size > half / 2)) await new Promise(setImmediate);
  expect(await store().head('uploads/1/video')).toBeNull();
  sent.end(Buffer.concat([Buffer.alloc(half, 'b'), Buffer.from('\r\n--edge--\r\n')]));

  expect(await status).toBe(204);
  expect(await store().head('uploads/1/video')).toMatchObject({ size: 2 * half });
});

test.each([
  ['that ends in the middle of its file', `${formHead('uploads/1/a')}half`],
  ['without a key', `${formHead(null)}whole\r\n--edge--\r\n`],
  ['without a file', '--edge\r\ncontent-disposition: form-data; name="key"\r\n\r\na\r\n--edge--\r\n'],
])('a form %s is refused, and nothing of it is kept', async (_case, body) => {
  const { sent, status } = openForm();
  sent.end(body);

  expect(await status).toBe(400);
  expect(sizesBelow(join(dataDir, 'objects'))).toEqual([]);
});

test('a sender who goes away leaves nothing behind', async () => {
  const objects = join(dataDir, 'objects');
  const { sent, status } = openForm();
  sent.write(formHead('uploads/1/video'));
  sent.write(Buffer.alloc(1024 * 1024));
  while (sizesBelow(objects).length === 0) await new Promise(setImmediate);
  sent.destroy();

  await expect(status).rejects.toThrow();
  while (sizesBelow(objects).length > 0) await new Promise(setImmediate);
  expect(await store().head('uploads/1/video')).toBeNull();
});

test('a file is read in parts, and only as the version that was asked for', async () => {
  await store().put('uploads/1/a', Buffer.from('0123456789'), 'image/jpeg');
  const { url } = await store().signLink('uploads/1/a');
  const get = async (headers: Record<string, string>) => {
    const response = await fetch(url, { headers });
    return [response.status, response.headers.get('content-range'), await response.text()];
  };

  expect(await get({})).toEqual([200, null, '0123456789']);
  expect(await get({ range: 'bytes=2-4' })).toEqual([206, 'bytes 2-4/10', '234']);
  expect(await get({ range: 'bytes=8-' })).toEqual([206, 'bytes 8-9/10', '89']);
  expect(await get({ range: 'bytes=-3' })).toEqual([206, 'bytes 7-9/10', '789']);
  expect(await get({ range: 'bytes=10-' })).toEqual([416, null, expect.stringContaining('InvalidRange')]);
  expect(await get({ 'if-match': '"another"' })).toEqual([412, null, expect.stringContaining('PreconditionFailed')]);
  const head = await store().head('uploads/1/a');
  expect(await get({ 'if-none-match': head?.etag ?? '' })).toEqual([304, null, '']);
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
