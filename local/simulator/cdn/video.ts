import { createRandom } from '../world/random.ts';
import { encodeFrame, type Film, parameterSets } from './h264.ts';

const FRAMES = 24;
const FRAMES_PER_SECOND = 8;
/** 144 × 256 pixels, upright as reels are. */
const COLUMNS = 9;
const ROWS = 16;

const u16 = (...values: readonly number[]): Buffer =>
  Buffer.from(values.flatMap((value) => [value >> 8, value & 0xff]));
const u32 = (...values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => {
    bytes.writeUInt32BE(value, index * 4);
  });
  return bytes;
};
const text = (value: string): Buffer => Buffer.from(value, 'latin1');

/** A box of the ISO media format: its length, its name, what is in it. */
const box = (name: string, ...content: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(content);
  return Buffer.concat([u32(body.length + 8), text(name), body]);
};

const UNITY_MATRIX = u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);
const NO_FLAGS = u32(0);

const sampleTable = (film: Film, frames: readonly Buffer[], dataAt: number): Buffer => {
  const { sequence, picture } = parameterSets(film);
  const configuration = box(
    'avcC',
    Buffer.from([1, ...sequence.subarray(1, 4), 0xff, 0xe1]),
    u16(sequence.length),
    sequence,
    Buffer.from([1]),
    u16(picture.length),
    picture,
  );
  const entry = box(
    'avc1',
    Buffer.alloc(6),
    u16(1),
    Buffer.alloc(16),
    u16(film.columns * 16, film.rows * 16),
    u32(0x480000, 0x480000, 0),
    u16(1),
    Buffer.alloc(32),
    u16(0x18, 0xffff),
    configuration,
  );
  return box(
    'stbl',
    box('stsd', NO_FLAGS, u32(1), entry),
    box('stts', NO_FLAGS, u32(1, frames.length, 1)),
    box('stsc', NO_FLAGS, u32(1, 1, frames.length, 1)),
    box('stsz', NO_FLAGS, u32(0, frames.length, ...frames.map(({ length }) => length))),
    box('stco', NO_FLAGS, u32(1, dataAt)),
  );
};

const movie = (film: Film, frames: readonly Buffer[], dataAt: number): Buffer => {
  const duration = frames.length;
  const times = u32(0, 0);
  return box(
    'moov',
    box(
      'mvhd',
      NO_FLAGS,
      times,
      u32(FRAMES_PER_SECOND, duration, 0x10000),
      u16(0x100, 0),
      u32(0, 0),
      UNITY_MATRIX,
      Buffer.alloc(24),
      u32(2),
    ),
    box(
      'trak',
      box(
        'tkhd',
        u32(3),
        times,
        u32(1, 0, duration, 0, 0),
        u16(0, 0, 0, 0),
        UNITY_MATRIX,
        u32(film.columns << 20, film.rows << 20),
      ),
      box(
        'mdia',
        box('mdhd', NO_FLAGS, times, u32(FRAMES_PER_SECOND, duration), u16(0x55c4, 0)),
        box('hdlr', NO_FLAGS, u32(0), text('vide'), Buffer.alloc(12), text('Video\0')),
        box(
          'minf',
          box('vmhd', u32(1), Buffer.alloc(8)),
          box('dinf', box('dref', NO_FLAGS, u32(1), box('url ', u32(1)))),
          sampleTable(film, frames, dataAt),
        ),
      ),
    ),
  );
};

/** Three seconds of colours passing by, as an MP4 with its index first. The same for the same seed. */
export const makeVideo = (seed: number): Buffer => {
  const random = createRandom(seed);
  const [blue, red] = [random.between(60, 200), random.between(60, 200)];
  const film: Film = {
    columns: COLUMNS,
    rows: ROWS,
    colourAt: (x, frame) => {
      const wave = Math.sin((x / (COLUMNS * 16) + frame / FRAMES) * 2 * Math.PI);
      return [Math.round(130 + 90 * wave), Math.round(blue + 30 * wave), Math.round(red - 30 * wave)];
    },
  };
  const frames = Array.from({ length: FRAMES }, (_, index) => {
    const nal = encodeFrame(film, index);
    return Buffer.concat([u32(nal.length), nal]);
  });
  const head = box('ftyp', text('isom'), u32(0x200), text('isomiso2avc1mp41'));
  const dataAt = head.length + movie(film, frames, 0).length + 8;
  return Buffer.concat([head, movie(film, frames, dataAt), box('mdat', ...frames)]);
};
