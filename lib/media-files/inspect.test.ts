import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ServiceError } from '../errors.ts';
import { countTurns } from '../testing/event-loop.ts';
import { aJpeg, anMp4, type JpegShape, type Mp4Shape, OTHER_FILES } from '../testing/media-files.ts';
import { bufferSource, withHead } from './byte-source.ts';
import type { MediaUse } from './facts.ts';
import { inspectMediaFile } from './inspect.ts';

const MIB = 1024 * 1024;
const inspect = (bytes: Buffer, use?: MediaUse) => inspectMediaFile(bufferSource(bytes), use);
const refusalOf = async (bytes: Buffer, use?: MediaUse) => {
  const error = await inspect(bytes, use).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ServiceError)) throw error ?? new Error('it was taken');
  const { code, error_subcode } = error.options.instagram ?? {};
  return { problem: error.code, ...(code === undefined ? {} : { code, error_subcode }), message: error.message };
};
const IMAGE_FORMAT = { problem: 'instagram_rejected', code: 36_001, error_subcode: 2_207_005 };
const IMAGE_SIZE = { problem: 'instagram_rejected', code: 36_000, error_subcode: 2_207_004 };
const IMAGE_ASPECT = { problem: 'instagram_rejected', code: 36_003, error_subcode: 2_207_009 };
const VIDEO_FORMAT = { problem: 'instagram_rejected', code: 352, error_subcode: 2_207_026 };

test('a JPEG says its dimensions', async () => {
  expect(await inspect(aJpeg({ width: 1_080, height: 1_350 }))).toEqual({
    media: 'image',
    content_type: 'image/jpeg',
    width: 1_080,
    height: 1_350,
    turned: false,
    warnings: [],
  });
});

test('an MP4 says its dimensions, length and codec', async () => {
  expect(await inspect(anMp4())).toEqual({
    media: 'video',
    content_type: 'video/mp4',
    width: 1_080,
    height: 1_920,
    turned: false,
    codec: 'avc1',
    duration_ms: 10_000,
    warnings: [],
  });
});

test('a MOV with HEVC is taken', async () => {
  const facts = await inspect(anMp4({ brand: 'qt  ', codec: 'hvc1' }));
  expect(facts).toMatchObject({ content_type: 'video/quicktime', codec: 'hvc1', warnings: [] });
});

test.each(['html', 'pdf', 'mp3', 'm4a', 'text'] as const)('%s is neither image nor video', async (name) => {
  expect(await refusalOf(OTHER_FILES[name])).toMatchObject({ problem: 'unsupported_media_type' });
});

test('an empty file is neither image nor video', async () => {
  expect(await refusalOf(Buffer.alloc(0))).toMatchObject({ problem: 'unsupported_media_type' });
});

test.each(['gif', 'png', 'webp', 'heic'] as const)('a %s is an image that Instagram does not take', async (name) => {
  expect(await refusalOf(OTHER_FILES[name])).toMatchObject(IMAGE_FORMAT);
});

test('a WebM is a video that Instagram does not take', async () => {
  expect(await refusalOf(OTHER_FILES.webm)).toMatchObject(VIDEO_FORMAT);
});

test.each<[string, JpegShape, object]>([
  ['of 9 MB', { bytes: 9 * MIB }, IMAGE_SIZE],
  ['of one byte too many', { bytes: 8 * MIB + 1 }, IMAGE_SIZE],
  ['wider than 1.91:1', { width: 2_000, height: 1_000 }, IMAGE_ASPECT],
  ['taller than any telephone', { width: 380, height: 1_000 }, IMAGE_ASPECT],
  ['of two eyes (MPO)', { secondPicture: 0x020002 }, IMAGE_FORMAT],
])('a JPEG %s is refused', async (_, shape, refusal) => {
  expect(await refusalOf(aJpeg(shape))).toMatchObject(refusal);
});

test.each<[string, JpegShape]>([
  ['of exactly 8 MiB', { bytes: 8 * MIB }],
  ['of 4:5 with a rounded edge', { width: 1_079, height: 1_350 }],
  ['of 1.91:1', { width: 1_080, height: 566 }],
  ['with a gain map beside it', { secondPicture: 0 }],
  ['turned into a fitting shape', { width: 1_350, height: 1_080, orientation: 6 }],
])('a JPEG %s is taken for the feed', async (_, shape) => {
  expect(await inspect(aJpeg(shape), 'image')).toMatchObject({ warnings: [] });
});

test('a tall JPEG is taken for a story, warned of without a use, and refused for the feed', async () => {
  const tall = aJpeg({ width: 1_080, height: 1_920 });
  expect(await inspect(tall, 'story')).toMatchObject({ warnings: [] });
  expect(await inspect(tall)).toMatchObject({ warnings: ['story_only'] });
  expect(await refusalOf(tall, 'image')).toMatchObject(IMAGE_ASPECT);
});

test('a JPEG that is cut off is refused, wherever it was cut', async () => {
  const whole = aJpeg({ bytes: 4_000 });
  for (const length of [20, 100, 200, 1_000, whole.length - 1]) {
    expect(await refusalOf(whole.subarray(0, length))).toMatchObject(IMAGE_FORMAT);
  }
});

test.each<[string, Mp4Shape]>([
  ['with its index at the end', { indexAtEnd: true }],
  ['with an edit list', { editStart: 1_024 }],
  ['in fragments', { fragmented: true }],
  ['with MP3 sound', { audioCodec: '.mp3' }],
  ['of 15 frames a second', { framesPerSecond: 15 }],
  ['of 2160 columns', { width: 2_160, height: 3_840 }],
])('a video %s is taken with a warning', async (_, shape) => {
  expect((await inspect(anMp4(shape))).warnings).toHaveLength(1);
});

test('an edit list that changes nothing, missing sound, and turned pictures raise no warning', async () => {
  const video = anMp4({ editStart: 0, audioCodec: null, width: 1_920, height: 1_080, turned: true });
  expect(await inspect(video)).toMatchObject({ turned: true, warnings: [] });
});

test.each<[string, Mp4Shape]>([
  ['in VP9', { codec: 'vp09' }],
  ['without pictures', { codec: '' }],
  ['of 2 s', { seconds: 2 }],
  ['of 15 min 1 s', { seconds: 901 }],
  ['eleven times as wide as high', { width: 1_100, height: 100 }],
  ['without dimensions', { width: 0 }],
])('a video %s is refused', async (_, shape) => {
  expect(await refusalOf(anMp4(shape))).toMatchObject(VIDEO_FORMAT);
});

test('a minute is the limit of a story, not of a reel', async () => {
  const video = anMp4({ seconds: 61 });
  expect(await inspect(video, 'reel')).toMatchObject({ duration_ms: 61_000 });
  expect(await refusalOf(video, 'story')).toMatchObject(VIDEO_FORMAT);
});

test('a file is refused for a use of the other kind', async () => {
  expect(await refusalOf(anMp4(), 'image')).toMatchObject(IMAGE_FORMAT);
  expect(await refusalOf(anMp4(), 'cover')).toMatchObject(IMAGE_FORMAT);
  expect(await refusalOf(aJpeg(), 'reel')).toMatchObject(VIDEO_FORMAT);
});

test.each([true, false])(
  'a video that is cut off is refused, wherever it was cut (index at the end: %s)',
  async (indexAtEnd) => {
    const whole = anMp4({ indexAtEnd });
    for (const length of [60, 300, 1_000, whole.length - 200, whole.length - 1]) {
      expect(await refusalOf(whole.subarray(0, length))).toMatchObject(VIDEO_FORMAT);
    }
  },
);

test('a video is cut off when its last box only runs to the end of the file, too', async () => {
  const whole = anMp4();
  const open = Buffer.from(whole);
  open.writeUInt32BE(0, whole.indexOf('mdat') - 4);
  expect(await inspect(open)).toMatchObject({ media: 'video' });
  expect(await refusalOf(open.subarray(0, whole.length - 200))).toMatchObject(VIDEO_FORMAT);
});

test('of a large video only its head is read', async () => {
  const head = anMp4({ bytes: 0 });
  const size = 200 * MIB;
  head.writeUInt32BE(size - head.length + 8, head.length - 8);
  const reads: number[] = [];
  const source = {
    size,
    read: async (start: number, end: number) => {
      reads.push(end - start);
      return Buffer.concat([head.subarray(start, end), Buffer.alloc(Math.max(0, end - Math.max(start, head.length)))]);
    },
  };
  expect(await inspectMediaFile(source)).toMatchObject({ duration_ms: 10_000 });
  expect(reads.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(10_000);
});

test('the beginning of a file that is far away is read once', async () => {
  const file = anMp4({ indexAtEnd: true, bytes: 50_000 });
  const reads: [number, number][] = [];
  const source = withHead(
    {
      size: file.length,
      read: async (start, end) => {
        reads.push([start, end]);
        return file.subarray(start, end);
      },
    },
    8_192,
  );
  expect(await inspectMediaFile(source)).toMatchObject({ warnings: ['index_at_end'] });
  expect(reads.filter(([start]) => start < 8_192)).toEqual([[0, 8_192]]);
});

test.each([
  ['JPEG', aJpeg({ orientation: 6, secondPicture: 0x020001 })],
  ['MP4', anMp4({ editStart: 5 })],
])('a damaged %s is refused, and does no other harm', async (_, whole) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ at: fc.nat({ max: whole.length - 1 }), byte: fc.nat({ max: 255 }) }), {
        minLength: 1,
        maxLength: 12,
      }),
      fc.nat({ max: whole.length }),
      async (damages, length) => {
        const damaged = Buffer.from(whole.subarray(0, length));
        for (const { at, byte } of damages) if (at < damaged.length) damaged[at] = byte;
        const outcome = await inspect(damaged).catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome).toBeInstanceOf(ServiceError);
      },
    ),
    { numRuns: 500 },
  );
});

test('other requests are served between the tracks of a video', async () => {
  const { turns } = await countTurns(() => inspect(anMp4()));
  expect(turns).toBeGreaterThanOrEqual(2); // pictures and sound
});
