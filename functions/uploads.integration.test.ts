import { HeadObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, test } from '@jest/globals';
import { parseEnv } from '../lib/config.ts';
import { ServiceError } from '../lib/errors.ts';
import { startAccounts } from '../lib/testing/accounts.ts';
import { invoke } from '../lib/testing/invoke.ts';
import { aJpeg, anMp4, OTHER_FILES } from '../lib/testing/media-files.ts';
import { BUCKET, startObjectStore } from '../lib/testing/object-store.ts';
import { createUploadAccess, uploadAccessEnv } from '../lib/uploads/access.ts';
import { createCheckUpload, createLinkUpload } from '../lib/uploads/check-upload.ts';

const MIB = 1024 * 1024;
const { givenAccount, letPass } = await startAccounts();
const { endpoint, client, postForm, readLink } = await startObjectStore();
const { handler: uploadImage } = await import('./upload-image.ts');
const { handler: createUpload } = await import('./create-upload.ts');

const { id: account_id } = await givenAccount('17841400000000001');
const access = await createUploadAccess(parseEnv(uploadAccessEnv));
const checkUpload = createCheckUpload(access);
const linkUpload = createLinkUpload(access);

const sendFile = async (file: Buffer, { name = 'picture.jpg', query = '' } = {}) => {
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array(file)]), name);
  const request = new Request('http://localhost', { method: 'POST', body: form });
  return await invoke(uploadImage, `/image?account_id=${account_id}${query}`, {
    body: Buffer.from(await request.arrayBuffer()),
    headers: { 'content-type': request.headers.get('content-type') ?? '' },
  });
};
const prepare = (declared: object) =>
  invoke(createUpload, '/uploads', { body: { account_id, filename: 'harbour.mp4', ...declared } });
const prepared = async (content_type: string, size: number) => {
  const { status, body } = await prepare({ content_type, size });
  expect(status).toBe(201);
  return body;
};
const failureOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => ({ code: 'no failure' }),
    (error: unknown) => {
      if (error instanceof ServiceError) return { code: error.code, ...error.options };
      throw error;
    },
  );
const countObjects = async () => (await client.send(new ListObjectsV2Command({ Bucket: BUCKET }))).KeyCount ?? 0;

test('a JPEG is stored under a key of ours, and its link reads', async () => {
  const file = aJpeg();
  const { status, body } = await sendFile(file);
  expect(status).toBe(201);
  expect(body).toMatchObject({ content_type: 'image/jpeg', size: file.length, warnings: [] });
  expect(body.key).toMatch(new RegExp(`^uploads/${account_id}/[0-9a-f-]{36}$`));
  const minutes = (Date.parse(body.expires_at) - Date.now()) / 60_000;
  expect(minutes).toBeGreaterThan(59);
  expect(minutes).toBeLessThanOrEqual(60);
  expect(await readLink(body.url)).toEqual({ status: 200, type: 'image/jpeg', bytes: file });
});

test('a video is stored too, by its content', async () => {
  const { status, body } = await sendFile(anMp4({ indexAtEnd: true }), { name: 'picture.jpg' });
  expect(status).toBe(201);
  expect(body).toMatchObject({ content_type: 'video/mp4', warnings: ['index_at_end'] });
});

test.each([
  [
    'a GIF named .jpg',
    OTHER_FILES.gif,
    { status: 422, code: 'instagram_rejected', instagram: { error_subcode: 2_207_005 } },
  ],
  ['HTML named .png', OTHER_FILES.html, { status: 415, code: 'unsupported_media_type' }],
  ['an MP4 cut off', anMp4().subarray(0, 2_000), { status: 422, instagram: { code: 352, error_subcode: 2_207_026 } }],
  ['a panorama', aJpeg({ width: 4_000 }), { status: 422, instagram: { code: 36_003, error_subcode: 2_207_009 } }],
  ...[4.2, 4.6].map(
    (size) =>
      [
        `${size} MB`,
        aJpeg({ bytes: size * MIB }),
        { status: 413, code: 'payload_too_large', detail: expect.stringContaining('by the form of POST /uploads') },
      ] as const,
  ),
])('%s is refused, and nothing stored', async (_, file, expected) => {
  const before = await countObjects();
  const { status, body } = await sendFile(file, { name: 'picture.jpg' });
  expect(body).toMatchObject({ ...expected, status: expected.status });
  expect(status).toBe(expected.status);
  expect(await countObjects()).toBe(before);
});

test('a tall picture is for a story, if that is what it is for', async () => {
  const tall = aJpeg({ width: 1_080, height: 1_920 });
  expect((await sendFile(tall)).body).toMatchObject({ warnings: ['story_only'] });
  expect((await sendFile(tall, { query: '&kind=story' })).body).toMatchObject({ warnings: [] });
  expect((await sendFile(tall, { query: '&kind=image' })).status).toBe(422);
  expect(await sendFile(tall, { query: '&kind=poster' })).toMatchObject({
    status: 400,
    body: { errors: [{ path: 'kind' }] },
  });
});

test('a body that is no form is refused', async () => {
  const target = `/image?account_id=${account_id}`;
  expect((await invoke(uploadImage, target, { body: {} })).status).toBe(415);
  expect(await invoke(uploadImage, target)).toMatchObject({ status: 400, body: { errors: [{ path: 'file' }] } });
});

test('a 9 MB video arrives whole by its form, and is what is published', async () => {
  const file = anMp4({ bytes: 9 * MIB });
  const { key, upload, url, expires_at } = await prepared('video/mp4', file.length);
  expect(upload.url).toBe(`${endpoint}/${BUCKET}`);
  expect(Date.parse(upload.expires_at)).toBeLessThan(Date.parse(expires_at));
  expect(await postForm(upload, file)).toBe(204);

  const arrived = await readLink(url);
  expect(arrived).toMatchObject({ status: 200, type: 'video/mp4' });
  expect(arrived.bytes.equals(file)).toBe(true);
  const checked = await checkUpload({ account_id, key, use: 'reel' });
  expect(checked).toMatchObject({ size: file.length, facts: { media: 'video', duration_ms: 10_000 } });
  const link = await linkUpload({ account_id, key });
  expect((await readLink(link.url)).bytes.equals(file)).toBe(true);
});

test('the form names exactly one key, type and size, for ten minutes', async () => {
  const { key, upload } = await prepared('video/mp4', 1_000_000);
  const policy = JSON.parse(Buffer.from(upload.fields.Policy ?? '', 'base64').toString());
  expect(policy.conditions).toEqual(
    expect.arrayContaining([
      { bucket: BUCKET },
      { key },
      { 'Content-Type': 'video/mp4' },
      ['content-length-range', 1_000_000, 1_000_000],
    ]),
  );
  expect(Date.parse(policy.expiration) - Date.now()).toBeLessThanOrEqual(600_000);
});

test.each([
  [{ content_type: 'image/png', size: 1_000 }, 'content_type'],
  [{ content_type: 'video/webm', size: 1_000 }, 'content_type'],
  [{ content_type: 'text/html', size: 1_000 }, 'content_type'],
  [{ content_type: 'image/jpeg', size: 8 * MIB + 1 }, 'size'],
  [{ content_type: 'video/mp4', size: 300 * MIB + 1 }, 'size'],
  [{ content_type: 'video/mp4', size: 0 }, 'size'],
  [{ content_type: 'video/mp4', size: 1.5 }, 'size'],
  [{ content_type: 'video/mp4', size: 1_000, filename: '' }, 'filename'],
  [{ content_type: 'video/mp4' }, 'size'],
])('%j is not given a form', async (declared, path) => {
  expect(await prepare(declared)).toMatchObject({
    status: 400,
    body: { code: 'validation_failed', errors: [{ path }] },
  });
});

test('a name from outside names nothing', async () => {
  const { body } = await prepare({ content_type: 'video/mp4', size: 1_000, filename: '../../other/key.mp4' });
  expect(JSON.stringify(body)).not.toContain('other');
});

test('another type than declared is refused where S3 let it pass', async () => {
  const file = aJpeg({ bytes: 5_000 });
  const { key, upload } = await prepared('video/mp4', file.length);
  expect(await postForm(upload, file, { 'Content-Type': 'image/jpeg' })).toBe(204);
  expect(await failureOf(checkUpload({ account_id, key }))).toMatchObject({
    code: 'validation_failed',
    errors: [{ path: 'upload_key', message: 'the file is image/jpeg, video/mp4 was declared' }],
  });
});

test('another size than declared is refused where S3 let it pass', async () => {
  const file = anMp4();
  const { key, upload } = await prepared('video/mp4', file.length - 1);
  expect(await postForm(upload, file)).toBe(204);
  expect(await failureOf(checkUpload({ account_id, key }))).toMatchObject({ code: 'validation_failed' });
});

test('a file larger than Instagram takes is refused before it is read', async () => {
  const { key, upload } = await prepared('image/jpeg', 8 * MIB);
  expect(await postForm(upload, aJpeg({ bytes: 9 * MIB }))).toBe(204);
  expect(await failureOf(checkUpload({ account_id, key }))).toMatchObject({
    code: 'instagram_rejected',
    instagram: { code: 36_000, error_subcode: 2_207_004 },
  });
});

test('a changed key is nobody’s upload', async () => {
  const { key, upload } = await prepared('video/mp4', anMp4().length);
  const changed = `${key}0`;
  expect(await postForm(upload, anMp4(), { key: changed })).toBe(204);
  expect(await failureOf(checkUpload({ account_id, key: changed }))).toMatchObject({ code: 'upload_not_found' });
  expect(await failureOf(checkUpload({ account_id, key }))).toMatchObject({ code: 'upload_not_found' });
});

test('what Instagram would refuse is refused when it is checked for its use', async () => {
  const file = anMp4({ seconds: 120 });
  const { key, upload } = await prepared('video/mp4', file.length);
  await postForm(upload, file);
  expect(await checkUpload({ account_id, key, use: 'reel' })).toMatchObject({ etag: expect.any(String) });
  expect(await failureOf(checkUpload({ account_id, key, use: 'story' }))).toMatchObject({ code: 'instagram_rejected' });
});

test('HTML sent as a video is refused', async () => {
  const { key, upload } = await prepared('video/mp4', OTHER_FILES.html.length);
  await postForm(upload, OTHER_FILES.html);
  expect(await failureOf(checkUpload({ account_id, key }))).toMatchObject({ code: 'unsupported_media_type' });
});

test('another file under the same key is not published in place of the one that was checked', async () => {
  const file = anMp4();
  const { key, upload } = await prepared('video/mp4', file.length);
  await postForm(upload, file);
  const checked = await checkUpload({ account_id, key });
  const other = anMp4({ brand: 'mp42' });
  expect(await postForm(upload, other)).toBe(204); // the form still works
  expect(await failureOf(linkUpload({ account_id, key }))).toMatchObject({ code: 'upload_not_found' });
  expect(await checkUpload({ account_id, key })).toEqual(checked);
});

test('an upload of another account is not found', async () => {
  const { id: other } = await givenAccount('17841400000000002');
  const { body } = await sendFile(aJpeg());
  expect(await failureOf(checkUpload({ account_id: other, key: body.key }))).toMatchObject({
    code: 'upload_not_found',
  });
  expect(await failureOf(linkUpload({ account_id: other, key: body.key }))).toMatchObject({ code: 'upload_not_found' });
});

test('an upload that is not kept long enough is refused', async () => {
  const { body } = await sendFile(aJpeg());
  const inDays = (days: number) => Date.now() + days * 86_400_000;
  expect(await checkUpload({ account_id, key: body.key, neededUntil: inDays(75) })).toMatchObject({ key: body.key });
  expect(await failureOf(checkUpload({ account_id, key: body.key, neededUntil: inDays(81) }))).toMatchObject({
    code: 'upload_expired',
  });
  await letPass(81 * 86_400_000);
  expect(await failureOf(linkUpload({ account_id, key: body.key }))).toMatchObject({ code: 'upload_expired' });
});

test('an object that has gone is expired, though its row is there', async () => {
  const { body } = await sendFile(aJpeg());
  const { DeleteObjectCommand } = await import('@aws-sdk/client-s3');
  await client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: body.key }));
  expect(await failureOf(linkUpload({ account_id, key: body.key }))).toMatchObject({ code: 'upload_expired' });
});

test('an upload is not linked before it was checked', async () => {
  const { key } = await prepared('video/mp4', 1_000);
  expect(await failureOf(linkUpload({ account_id, key }))).toMatchObject({ code: 'upload_not_found' });
});

test('the store keeps the type that was found, not one that was claimed', async () => {
  const { body } = await sendFile(anMp4({ brand: 'qt  ' }), { name: 'page.html' });
  expect(await client.send(new HeadObjectCommand({ Bucket: BUCKET, Key: body.key }))).toMatchObject({
    ContentType: 'video/quicktime',
  });
});

test('keys of other shapes are nobody’s uploads', async () => {
  await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'secret', Body: aJpeg() }));
  for (const key of ['secret', '../secret', `uploads/${account_id}/../../secret`, '', '\u0001', 'a'.repeat(10_000)]) {
    expect(await failureOf(checkUpload({ account_id, key }))).toMatchObject({ code: 'upload_not_found' });
  }
});
