import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createObjectStore } from '../../lib/uploads/object-store.ts';
import { type LocalAws, startAws } from './aws.ts';
import { createUploadFront } from './upload-front.ts';

const publicUrl = 'https://tunnel.example.com/house';
const now = Date.now;

let aws: LocalAws;
let server: Server;
let path: string;
beforeAll(async () => {
  aws = await startAws('us-east-1');
  const intercept = createUploadFront({ publicUrl, endpoint: aws.endpoint, bucket: 'uploads' });
  server = createServer((incoming, response) => {
    if (!intercept(incoming, response)) response.writeHead(418).end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const store = createObjectStore({
    bucket: 'uploads',
    region: 'us-east-1',
    endpoint: aws.endpoint,
    linkEndpoint: publicUrl,
    formEndpoint: aws.endpoint,
    now,
  });
  await store.put('uploads/1/a', Buffer.from('picture'), 'image/jpeg');
  const { url } = await store.signLink('uploads/1/a');
  expect(url.startsWith(`${publicUrl}/uploads/uploads/1/a?`)).toBe(true);
  const form = await store.signPost({ key: 'uploads/1/b', content_type: 'image/jpeg', size: 1 });
  expect(form.url.startsWith(aws.endpoint)).toBe(true);
  const { pathname, search } = new URL(url);
  path = `${pathname}${search}`;
});
afterAll(async () => {
  server.close();
  await aws.stop();
});

const ask = async (target: string, { host = 'tunnel.example.com', method = 'GET', range = '' } = {}) => {
  const { port } = server.address() as AddressInfo;
  const headers = { host, ...(range !== '' && { range }) };
  const sent = request({ port, path: target, method, headers }).end();
  const [response] = await once(sent, 'response');
  let text = '';
  for await (const chunk of response) text += chunk;
  return [response.statusCode, text];
};

test('a file is read by its link through the tunnel, whole and in parts, whether or not that takes its path off', async () => {
  expect(await ask(path)).toEqual([200, 'picture']);
  expect(await ask(path.replace('/house', ''))).toEqual([200, 'picture']);
  expect(await ask(path, { range: 'bytes=0-2' })).toEqual([206, 'pic']);
  expect(await ask(path, { method: 'HEAD' })).toEqual([200, '']);
  expect(await ask(path.replace('/1/a', '/1/other'))).toEqual([404, expect.stringContaining('NoSuch')]);
});

test.each([
  ['another name', '/house/uploads/uploads/1/a', { host: 'evil.test' }],
  ['a write', '/house/uploads/uploads/1/a', { method: 'PUT' }],
  ['the list of the bucket', '/house/uploads?list-type=2', {}],
  ['another bucket', '/house/other/uploads/1/a', {}],
  ['a way out of the bucket', '/house/uploads/uploads/../../other/a', {}],
  ['the API', '/api/v1/posts', {}],
])('%s is not for it', async (_what, target, options) => {
  expect(await ask(target, options)).toEqual([418, '']);
});
