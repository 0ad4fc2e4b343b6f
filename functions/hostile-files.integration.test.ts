import { expect, test } from '@jest/globals';
import { countTurns } from '../lib/testing/event-loop.ts';
import { invoke } from '../lib/testing/invoke.ts';
import { aJpeg, mp4Box } from '../lib/testing/media-files.ts';
import { BUCKET, startObjectStore } from '../lib/testing/object-store.ts';
import { startPublicationService } from '../lib/testing/publications.ts';
import { readFormFile } from '../lib/uploads/multipart.ts';

const { endpoint, postForm } = await startObjectStore();
const { account } = await startPublicationService({ AWS_ENDPOINT_URL_S3: endpoint, UPLOAD_BUCKET: BUCKET });
const { handler: uploadImage } = await import('./upload-image.ts');
const { handler: createUpload } = await import('./create-upload.ts');
const { handler: createPublication } = await import('./create-publication.ts');
const { handler: health } = await import('./health.ts');

const { id: account_id } = account;
const MIB = 1024 * 1024;
const BOUNDARY = 'X';
const TYPE = `multipart/form-data; boundary=${BOUNDARY}`;

const formOf = (file: Buffer) =>
  Buffer.concat([
    Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n`),
    file,
    Buffer.from(`\r\n--${BOUNDARY}--\r\n`),
  ]);
const sendForm = (body: Buffer) =>
  invoke(uploadImage, `/image?account_id=${account_id}`, {
    body,
    headers: { 'content-type': TYPE },
  });
const publish = (body: object) => invoke(createPublication, '/publications', { body: { account_id, ...body } });
const refusalOf = ({ status, body }: { status: number; body: object }) => {
  const { code, errors } = body as { code?: string; errors?: object[] };
  return { status, code, errors };
};
const checkHealth = () => invoke(health, '/health');
await checkHealth(); // what is made once is made

const many = (count: number, piece: Buffer) => Buffer.alloc(count * piece.length, piece);
/** An MP4 whose index holds `boxes` and nothing else. */
const indexOf = (...boxes: Buffer[]) =>
  Buffer.concat([mp4Box('ftyp', Buffer.from('isom\0\0\x02\0isommp42', 'latin1')), mp4Box('moov', ...boxes)]);
const jpegOf = (content: Buffer) => Buffer.concat([Buffer.from([0xff, 0xd8]), content, aJpeg().subarray(2)]);

const BOXES = 'The index of the video (moov) holds too many boxes';
const TRACKS = 'The video has more than 32 tracks';
const PIECES = 'The JPEG file consists of too many pieces';

// The words tell that it is the bound which refused it: without one each would be refused too, after seconds.
test.each<[string, Buffer, string]>([
  ['an index of 200,000 empty boxes', indexOf(many(200_000, mp4Box('free'))), BOXES],
  ['an index of 200,000 empty tracks', indexOf(many(200_000, mp4Box('trak'))), BOXES],
  ['more tracks than any camera writes', indexOf(many(33, mp4Box('trak'))), TRACKS],
  ['a track of 400,000 empty boxes', indexOf(mp4Box('trak', many(400_000, mp4Box('free')))), BOXES],
  ['a JPEG of 500,000 empty segments', jpegOf(many(500_000, Buffer.from([0xff, 0xe4, 0, 2]))), PIECES],
  ['a JPEG of a million restart markers', jpegOf(many(1_000_000, Buffer.from([0xff, 0xd0]))), PIECES],
])('%s is refused at its bound, and others are served meanwhile', async (_, file, words) => {
  const [answer, { status }] = await Promise.all([sendForm(formOf(file)), checkHealth()]);
  expect(answer).toMatchObject({
    status: 422,
    body: { code: 'instagram_rejected', detail: expect.stringContaining(words) },
  });
  expect(status).toBe(200);
});

test.each<[string, Buffer, string]>([
  ['400,000 empty parts', Buffer.from(`--${BOUNDARY}\r\n\r\n`.repeat(400_000)), 'must come alone'],
  [
    '60,000 fields',
    Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n`.repeat(60_000)),
    'is not known',
  ],
  ['a header of 4 MB', Buffer.from(`--${BOUNDARY}\r\nX: ${'y'.repeat(4 * MIB)}`), 'the form is broken'],
  ['4 MB before the first part', Buffer.alloc(4 * MIB, '\r\n--'), 'the form is broken'],
])('a form of %s is refused, and others are served meanwhile', async (_, form, words) => {
  const [answer, { status }] = await Promise.all([sendForm(form), checkHealth()]);
  expect(refusalOf(answer)).toMatchObject({
    status: 400,
    code: 'validation_failed',
    errors: [{ message: expect.stringContaining(words) }],
  });
  expect(status).toBe(200);
});

test('a form of 4 MB is read in pieces, and other requests are served in between', async () => {
  const file = aJpeg({ bytes: 3 * MIB });
  const { result, turns } = await countTurns(() => readFormFile(formOf(file), TYPE));
  expect(result.equals(file)).toBe(true); // `toEqual` compares byte by byte, for half a minute
  expect(turns).toBeGreaterThan(100);
});

test('a form with too many parts is parsed only as far as the bound', async () => {
  const parts = Buffer.from(`--${BOUNDARY}\r\n\r\n`.repeat(400_000));
  const { turns } = await countTurns(() => readFormFile(parts, TYPE).catch(() => undefined));
  expect(turns).toBeLessThan(10); // of the 170 that the whole form takes
});

test('a large video with an index of empty boxes is refused when it is published', async () => {
  const boxes = indexOf(many(1_900_000, mp4Box('free')));
  const declared = { account_id, filename: 'a.mp4', content_type: 'video/mp4', size: boxes.length };
  const prepared = await invoke(createUpload, '/uploads', { body: declared });
  expect(await postForm(prepared.body.upload, boxes)).toBe(204);
  const answer = await publish({ upload_key: prepared.body.key });
  expect(answer).toMatchObject({
    status: 422,
    body: { code: 'instagram_rejected', detail: expect.stringContaining(BOXES) },
  });
});

test.each<[string, object]>([
  ['a million parts of a carousel', { children: Array(1_000_000).fill({}) }],
  ['200,000 tags', { children: [{ user_tags: Array(200_000).fill({ username: 'a' }) }] }],
])('%s are refused before any of them is looked at', async (_, body) => {
  expect(refusalOf(await publish(body))).toEqual({ status: 400, code: 'validation_failed', errors: undefined });
});

test('a caption of four million characters is refused for its length alone', async () => {
  const answer = await publish({ image_url: 'https://files.example.com/a.jpg', caption: '#a '.repeat(1_400_000) });
  expect(refusalOf(answer)).toEqual({
    status: 400,
    code: 'validation_failed',
    errors: [{ path: 'caption', message: 'must have at most 2200 characters' }],
  });
});
