/** Image and video files made of nothing but their structure: what a check reads is there, the pictures are not. */

const segment = (marker: number, content: Buffer): Buffer => {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(content.length + 2);
  return Buffer.concat([Buffer.from([0xff, marker]), length, content]);
};

/** A TIFF directory with one entry of four bytes, as EXIF and MPF hold it. */
const tiffWith = (tag: number, type: number, count: number, value: Buffer, rest = Buffer.alloc(0)): Buffer => {
  const head = Buffer.from([0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1]);
  const entry = Buffer.alloc(8);
  entry.writeUInt16BE(tag, 0);
  entry.writeUInt16BE(type, 2);
  entry.writeUInt32BE(count, 4);
  return Buffer.concat([head, entry, value, Buffer.alloc(4), rest]);
};

export interface JpegShape {
  width?: number;
  height?: number;
  /** EXIF; 6 and 8 show the picture turned by a quarter. */
  orientation?: number;
  /** Attribute of a second picture in the file: `0x020002` is the other eye's, `0` a gain map. */
  secondPicture?: number;
  /** Grows the file to this many bytes. */
  bytes?: number;
}

/** A JPEG file, 1080 × 1080 unless said otherwise. */
export const aJpeg = ({
  width = 1_080,
  height = 1_080,
  orientation,
  secondPicture,
  bytes = 0,
}: JpegShape = {}): Buffer => {
  const frame = Buffer.from([8, 0, 0, 0, 0, 1, 1, 0x11, 0]);
  frame.writeUInt16BE(height, 1);
  frame.writeUInt16BE(width, 3);
  const short = Buffer.alloc(4);
  short.writeUInt16BE(orientation ?? 1);
  const entriesAt = Buffer.alloc(4);
  entriesAt.writeUInt32BE(26);
  const entries = Buffer.alloc(32);
  entries.writeUInt32BE(0x20030000, 0);
  entries.writeUInt32BE(secondPicture ?? 0, 16);
  const head = Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xe0, Buffer.from('JFIF\0\x01\x01\0\0\x01\0\x01\0\0', 'latin1')),
    ...(orientation === undefined
      ? []
      : [segment(0xe1, Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiffWith(0x0112, 3, 1, short)]))]),
    ...(secondPicture === undefined
      ? []
      : [segment(0xe2, Buffer.concat([Buffer.from('MPF\0', 'latin1'), tiffWith(0xb002, 7, 32, entriesAt, entries)]))]),
    segment(0xdb, Buffer.alloc(65, 1)),
    segment(0xc0, frame),
    segment(0xda, Buffer.from([1, 1, 0, 0, 63, 0])),
    Buffer.from([0x12, 0xff, 0x00, 0x34, 0xff, 0xd0, 0x56]), // an escaped FF and a restart marker
  ]);
  return Buffer.concat([head, Buffer.alloc(Math.max(0, bytes - head.length - 2), 0x5a), Buffer.from([0xff, 0xd9])]);
};

/** A box of an MP4 file with its content. */
export const mp4Box = (type: string, ...content: Buffer[]): Buffer => {
  const header = Buffer.alloc(8);
  header.writeUInt32BE(8 + content.reduce((sum, one) => sum + one.length, 0));
  header.write(type, 4, 'latin1');
  return Buffer.concat([header, ...content]);
};
const uint32s = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeInt32BE(value | 0, index * 4);
  return bytes;
};

export interface Mp4Shape {
  brand?: string;
  width?: number;
  height?: number;
  seconds?: number;
  framesPerSecond?: number;
  codec?: string;
  audioCodec?: string | null;
  /** The index after the pictures. */
  indexAtEnd?: boolean;
  /** Where the track begins to play, in its own time; other than 0 shifts it. */
  editStart?: number;
  turned?: boolean;
  fragmented?: boolean;
  /** Grows the pictures to this many bytes. */
  bytes?: number;
}

const TIMESCALE = 1_000;

/** An MP4 file: 1080 × 1920, 10 s, H.264 with AAC, index first, unless said otherwise. */
export const anMp4 = ({
  brand = 'isom',
  width = 1_080,
  height = 1_920,
  seconds = 10,
  framesPerSecond = 30,
  codec = 'avc1',
  audioCodec = 'mp4a',
  indexAtEnd = false,
  editStart,
  turned = false,
  fragmented = false,
  bytes = 4_000,
}: Mp4Shape = {}): Buffer => {
  const duration = fragmented ? 0 : Math.round(seconds * TIMESCALE);
  const frames = Math.round(seconds * framesPerSecond);
  const matrix = turned
    ? [0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000]
    : [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000];
  const visual = Buffer.alloc(78);
  visual.writeUInt16BE(width, 24);
  visual.writeUInt16BE(height, 26);
  const track = (handler: string, sample: Buffer, chunkAt: number) =>
    mp4Box(
      'trak',
      mp4Box('tkhd', uint32s(0, 0, 0, 1, 0, duration, 0, 0, 0, 0, ...matrix, width << 16, height << 16)),
      ...(editStart === undefined ? [] : [mp4Box('edts', mp4Box('elst', uint32s(0, 1, duration, editStart, 0x10000)))]),
      mp4Box(
        'mdia',
        mp4Box('mdhd', uint32s(0, 0, 0, TIMESCALE, duration, 0)),
        mp4Box('hdlr', uint32s(0, 0), Buffer.from(handler, 'latin1'), uint32s(0, 0, 0, 0)),
        mp4Box(
          'minf',
          mp4Box(
            'stbl',
            mp4Box('stsd', uint32s(0, 1), sample),
            mp4Box('stts', uint32s(0, 1, frames, 1)),
            mp4Box('stco', uint32s(0, 1, chunkAt)),
          ),
        ),
      ),
    );
  const index = (chunkAt: number) =>
    mp4Box(
      'moov',
      mp4Box('mvhd', uint32s(0, 0, 0, TIMESCALE, duration, ...Array<number>(20).fill(0))),
      ...(fragmented ? [mp4Box('mvex', mp4Box('trex', uint32s(0, 1, 1, 0, 0, 0)))] : []),
      ...(codec === '' ? [] : [track('vide', mp4Box(codec, visual), chunkAt)]),
      ...(audioCodec === null ? [] : [track('soun', mp4Box(audioCodec, Buffer.alloc(28)), chunkAt)]),
    );
  const type = mp4Box('ftyp', Buffer.from(`${brand}\0\0\x02\0${brand}mp42`, 'latin1'));
  const pictures = mp4Box('mdat', Buffer.alloc(bytes, 0x2a));
  const before = type.length + (indexAtEnd ? 8 : index(0).length + 8);
  // the last chunk begins near the end, as in a real file
  const moov = index(before + Math.max(0, bytes - 100));
  return Buffer.concat(indexAtEnd ? [type, pictures, moov] : [type, moov, pictures]);
};

/** Files of other sorts, by what they begin with. */
export const OTHER_FILES = {
  gif: Buffer.concat([Buffer.from('GIF89a\x10\0\x10\0\0\0\0', 'latin1'), Buffer.alloc(200)]),
  png: Buffer.concat([
    Buffer.from('89504e470d0a1a0a0000000d49484452000000100000001008060000001ff3ff61', 'hex'),
    Buffer.from('0000000049454e44ae426082', 'hex'),
  ]),
  webp: Buffer.concat([Buffer.from('RIFF\x24\0\0\0WEBPVP8 ', 'latin1'), Buffer.alloc(200)]),
  heic: Buffer.concat([Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1'), Buffer.alloc(200)]),
  webm: Buffer.concat([
    Buffer.from('1a45dfa39f4286810142f7810142f2810442f381084282847765626d', 'hex'),
    Buffer.alloc(200),
  ]),
  html: Buffer.from('<!doctype html><title>Not a picture</title><script>alert(1)</script>'),
  pdf: Buffer.from('%PDF-1.7\n%âãÏÓ\n1 0 obj\n', 'latin1'),
  mp3: Buffer.concat([Buffer.from('ID3\x04\0\0\0\0\0\0', 'latin1'), Buffer.alloc(200)]),
  m4a: Buffer.concat([Buffer.from('\0\0\0\x18ftypM4A \0\0\0\0M4A mp42', 'latin1'), Buffer.alloc(200)]),
  text: Buffer.from('hello'),
} as const;
