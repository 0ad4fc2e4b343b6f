import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ServiceError } from '../errors.ts';
import { readFormFile } from './multipart.ts';
import { MAX_DIRECT_BYTES } from './policy.ts';

const BOUNDARY = 'X';
const TYPE = `multipart/form-data; boundary=${BOUNDARY}`;
const part = (name: string, content: Buffer | string, filename?: string) =>
  Buffer.concat([
    Buffer.from(
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${filename === undefined ? '' : `; filename="${filename}"`}\r\n\r\n`,
    ),
    Buffer.from(content),
    Buffer.from('\r\n'),
  ]);
const form = (...parts: Buffer[]) => Buffer.concat([...parts, Buffer.from(`--${BOUNDARY}--\r\n`)]);
const codeOf = (body: Buffer, type = TYPE) =>
  readFormFile(body, type).then(
    () => 'read',
    (error: unknown) => {
      if (error instanceof ServiceError) return error.code;
      throw error;
    },
  );

test('the file comes out as it went in, whatever its name', async () => {
  const bytes = Buffer.from([0xff, 0xd8, 0x0d, 0x0a, 0x2d, 0x2d, 0x00, 0xff]);
  for (const name of ['a.jpg', '../../etc/passwd', '', '名前.jpg', 'a"b.exe']) {
    const body = form(part('file', bytes, name));
    expect(await readFormFile(body, TYPE)).toEqual(bytes);
  }
});

test('the order of parts, quotes and a preamble do not matter', async () => {
  const body = Buffer.concat([Buffer.from('preamble\r\n'), form(part('file', 'bytes', 'a.jpg'))]);
  expect(await readFormFile(body, 'Multipart/Form-Data; charset=utf-8; boundary="X"')).toEqual(Buffer.from('bytes'));
});

test.each<[string, Buffer, string]>([
  ['an empty body', Buffer.alloc(0), TYPE],
  ['no boundary', form(part('file', 'bytes', 'a.jpg')), 'multipart/form-data'],
  ['another boundary', form(part('file', 'bytes', 'a.jpg')), 'multipart/form-data; boundary=Y'],
  ['no file', form(part('caption', 'hello')), TYPE],
  ['a file by another name', form(part('image', 'bytes', 'a.jpg')), TYPE],
  ['a field that is no file', form(part('file', 'bytes')), TYPE],
  ['an empty file', form(part('file', '', 'a.jpg')), TYPE],
  ['two files', form(part('file', 'one', 'a.jpg'), part('file', 'two', 'b.jpg')), TYPE],
  ['many files', form(...Array.from({ length: 9 }, () => part('file', 'one', 'a.jpg'))), TYPE],
  ['a form that ends in its file', Buffer.concat([part('file', 'bytes', 'a.jpg')]).subarray(0, -2), TYPE],
  ['JSON', Buffer.from('{"file":"bytes"}'), TYPE],
])('%s is refused', async (_, body, type) => {
  expect(await codeOf(body, type)).toBe('validation_failed');
});

test.each<[string, Buffer, string, string]>([
  ['a misspelt file', form(part('File', 'bytes', 'a.jpg')), 'File', 'is not known; did you mean file?'],
  ['a file by a longer name', form(part('files[]', 'bytes', 'a.jpg')), 'files[]', 'is not known; did you mean file?'],
  [
    'a caption before it',
    form(part('caption', 'x'), part('file', 'bytes', 'a.jpg')),
    'caption',
    'is not known; the known keys are file',
  ],
  [
    'a kind after it',
    form(part('file', 'bytes', 'a.jpg'), part('kind', 'story')),
    'kind',
    'is not known; the known keys are file',
  ],
  [
    'another file beside it',
    form(part('file', 'bytes', 'a.jpg'), part('cover', 'x', 'b.jpg')),
    'cover',
    'is not known; the known keys are file',
  ],
  [
    'a field without a name',
    form(part('file', 'bytes', 'a.jpg'), part('', 'x')),
    '',
    'is not known; the known keys are file',
  ],
])('%s is refused by its name', async (_, body, path, message) => {
  const refusal = readFormFile(body, TYPE);
  await expect(refusal).rejects.toMatchObject({ code: 'validation_failed', options: { errors: [{ path, message }] } });
});

test('a file of 4 MiB passes, one byte more does not', async () => {
  expect(await codeOf(form(part('file', Buffer.alloc(MAX_DIRECT_BYTES, 1), 'a.jpg')))).toBe('read');
  expect(await codeOf(form(part('file', Buffer.alloc(MAX_DIRECT_BYTES + 1, 1), 'a.jpg')))).toBe('payload_too_large');
});

test('whatever is sent, the answer is a file or a refusal', async () => {
  const whole = form(part('caption', 'hello'), part('file', 'bytes', 'a.jpg'));
  await fc.assert(
    fc.asyncProperty(
      fc.nat({ max: whole.length }),
      fc.array(fc.tuple(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 })), { maxLength: 8 }),
      async (length, damages) => {
        const damaged = Buffer.from(whole.subarray(0, length));
        for (const [at, byte] of damages) if (at < damaged.length) damaged[at] = byte;
        expect(['read', 'validation_failed']).toContain(await codeOf(damaged));
      },
    ),
    { numRuns: 300 },
  );
});
