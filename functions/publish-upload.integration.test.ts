/** Publishing an upload: the very file that was inspected, by a link made when Instagram needs it. */
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { beforeEach, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { invoke } from '../lib/testing/invoke.ts';
import { aJpeg, anMp4 } from '../lib/testing/media-files.ts';
import { BUCKET, startObjectStore } from '../lib/testing/object-store.ts';
import { startPublicationService } from '../lib/testing/publications.ts';

const { endpoint, client } = await startObjectStore();
const service = await startPublicationService({ AWS_ENDPOINT_URL_S3: endpoint, UPLOAD_BUCKET: BUCKET });
const { pool, simulator, account, reset, published, calls, deliver, letTimePass, takeMessages } = service;
const { handler: createPublication } = await import('./create-publication.ts');
const { handler: getPublication } = await import('./get-publication.ts');
const { handler: uploadImage } = await import('./upload-image.ts');
const { handler: publishWorker } = await import('./publish.consumer.ts');

beforeEach(async () => {
  await reset();
  await pool.query(sql.unsafe`TRUNCATE uploads`);
});

const upload = async (file: Buffer, kind = ''): Promise<string> => {
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array(file)]), 'harbour.bin');
  const request = new Request('http://form.test', { method: 'POST', body: form });
  const { status, body } = await invoke(uploadImage, `/image${kind}`, {
    body: Buffer.from(await request.arrayBuffer()),
    headers: { 'content-type': request.headers.get('content-type') ?? '' },
  });
  expect(status).toBe(201);
  return body.key;
};
const publish = (body: object, headers: Record<string, string> = {}) =>
  invoke(createPublication, '/publications', { body, headers });
/** What the published media shows. */
const shown = async (): Promise<Buffer> => {
  const [id = ''] = published();
  const { media } = (await (await fetch(`${simulator.url}/_simulator/media?limit=9`)).json()) as {
    media: { id: string; file_url: string }[];
  };
  const { file_url = '' } = media.find((medium) => medium.id === id) ?? {};
  return Buffer.from(await (await fetch(file_url)).arrayBuffer());
};

test.each([
  ['an image', aJpeg(), 'image'],
  ['a video', anMp4(), 'reel'],
])('%s is published as what it is, and is what Instagram shows', async (_, file, kind) => {
  const upload_key = await upload(file);
  const { status, body } = await publish({ upload_key });
  expect({ status, body }).toMatchObject({ status: 201, body: { kind, media: [{ upload_key, url: null }] } });
  expect((await shown()).equals(file)).toBe(true);
});

test('a carousel takes uploads and links', async () => {
  const children = [
    { upload_key: await upload(aJpeg()), alt_text: 'One' },
    { upload_key: await upload(anMp4()), thumb_offset: 5 },
    { image_url: 'https://files.example.com/three.jpg' },
  ];
  const { body } = await publish({ children });
  expect(body).toMatchObject({ kind: 'carousel', status: 'published' });
  expect(body.media.map(({ type }) => type)).toEqual(['image', 'video', 'image']);
});

test('a file that has taken the place of the one that was checked is not published', async () => {
  const upload_key = await upload(aJpeg());
  const { body } = await publish({ upload_key }, { prefer: 'respond-async' });
  await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: upload_key, Body: Buffer.from('something else') }));
  takeMessages('publications');
  await deliver(publishWorker, [{ account_id: account.id, publication_id: body.id }]);
  // In a bucket that keeps versions, as on AWS, the link leads to the inspected version.
  expect((await invoke(getPublication, `/publications/${body.id}`)).body).toMatchObject({
    status: 'failed',
    error: { code: 'upload_not_found' },
  });
  expect(calls('user.media.create')).toBe(0);
});

test('an upload is refused for what it is not fit for, with Instagram’s own code', async () => {
  const image = await upload(aJpeg({ width: 1_000, height: 1_900 }));
  expect(await publish({ upload_key: image })).toMatchObject({
    status: 422,
    body: { code: 'instagram_rejected', instagram: { error_subcode: 2207009 } },
  });
  expect(await publish({ kind: 'story', upload_key: image })).toMatchObject({ status: 201 });
  expect(await publish({ kind: 'reel', upload_key: image })).toMatchObject({
    status: 422,
    body: { code: 'instagram_rejected', detail: 'An image cannot be published as reel' },
  });
  const wrong = await publish({ children: [{ upload_key: await upload(aJpeg()) }, { upload_key: 'uploads/1/none' }] });
  expect(wrong).toMatchObject({ status: 404, body: { code: 'upload_not_found' } });
  expect((wrong.body as unknown as { detail: string }).detail).toMatch(/^children\.1: /);
  const tagged = await publish({ upload_key: await upload(aJpeg()), user_tags: [{ username: 'a.friend' }] });
  expect(tagged).toMatchObject({
    status: 400,
    body: { errors: [{ path: 'user_tags.0', message: 'must have x and y' }] },
  });
  expect(published()).toHaveLength(1);
});

test('an upload belongs to its account', async () => {
  const upload_key = await upload(aJpeg());
  const other = simulator.world.addAccount({ media: 0 });
  const token = simulator.world.tokens.list().find(({ accountId }) => accountId === other.id)?.value ?? '';
  const { account: second } = await service.connect({ token, login: 'instagram' });
  const answer = await publish({ account_id: second.id, upload_key });
  expect(answer).toMatchObject({ status: 404, body: { code: 'upload_not_found' } });
  await pool.query(sql.unsafe`DELETE FROM accounts WHERE id = ${second.id}`);
});

test('an upload that will be gone by then cannot be scheduled, and one that is gone is told', async () => {
  const upload_key = await upload(aJpeg());
  await pool.query(sql.unsafe`UPDATE uploads SET expires_at = service_now() + interval '3 days'`);
  const scheduled_at = new Date(Date.now() + 2.5 * 86_400_000).toISOString();
  expect(await publish({ upload_key, scheduled_at })).toMatchObject({ status: 410, body: { code: 'upload_expired' } });

  const { body } = await publish({ upload_key }, { prefer: 'respond-async' });
  await pool.query(sql.unsafe`UPDATE uploads SET expires_at = service_now()`);
  await deliver(publishWorker, takeMessages('publications'));
  expect((await invoke(getPublication, `/publications/${body.id}`)).body).toMatchObject({
    status: 'failed',
    error: { code: 'upload_expired' },
  });
});

test('an upload that Instagram cannot fetch is named', async () => {
  const upload_key = await upload(aJpeg());
  simulator.scenarios.add({ kind: 'container', status_code: 'ERROR', subcode: 2207052 });
  const { body } = await publish({ upload_key }, { prefer: 'respond-async' });
  for (let turns = 0; turns < 6; turns += 1) {
    await letTimePass();
    await deliver(publishWorker, [{ account_id: account.id, publication_id: body.id }]);
  }
  const { body: failed } = await invoke(getPublication, `/publications/${body.id}`);
  expect(failed.error?.detail).toContain(`the upload ${upload_key}`);
  expect(JSON.stringify(failed)).not.toContain('X-Amz');
  expect(calls('user.media.create')).toBe(2);
});
