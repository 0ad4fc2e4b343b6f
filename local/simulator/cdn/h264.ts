/**
 * Just enough H.264 for a small film of moving colours: each frame stands alone, its first row of macroblocks carries
 * the samples as they are (I_PCM), and all others repeat the row above (vertical prediction, no residual).
 * @see https://www.itu.int/rec/T-REC-H.264 sections 7.3 and 9.2
 */
export interface Film {
  /** In macroblocks of 16 × 16 pixels. */
  readonly columns: number;
  readonly rows: number;
  /** Luma, blue and red difference of a pixel column at a frame. */
  readonly colourAt: (x: number, frame: number) => readonly [number, number, number];
}

/** Writes bits, most significant first. */
const createBits = () => {
  const bytes: number[] = [];
  let current = 0;
  let filled = 0;
  const bit = (value: number): void => {
    current = (current << 1) | value;
    filled += 1;
    if (filled < 8) return;
    bytes.push(current);
    current = 0;
    filled = 0;
  };
  const bits = (value: number, count: number): void => {
    for (let index = count - 1; index >= 0; index -= 1) bit((value >> index) & 1);
  };
  return {
    bits,
    /** Exponential-Golomb code of a number ≥ 0; a signed 0 looks the same. */
    golomb: (value: number): void => {
      const length = 32 - Math.clz32(value + 1);
      bits(0, length - 1);
      bits(value + 1, length);
    },
    align: (): void => {
      while (filled > 0) bit(0);
    },
    byte: (value: number): void => bits(value, 8),
    /** The bytes, closed by a stop bit. */
    finish: (): Buffer => {
      bit(1);
      while (filled > 0) bit(0);
      return Buffer.from(bytes);
    },
  };
};

/** A NAL unit: no three bytes in it may look like the start of another, so a 3 is put between. */
const toNal = (header: number, payload: Buffer): Buffer => {
  const bytes = [header];
  let zeros = 0;
  for (const byte of payload) {
    if (zeros >= 2 && byte <= 3) {
      bytes.push(3);
      zeros = 0;
    }
    bytes.push(byte);
    zeros = byte === 0 ? zeros + 1 : 0;
  }
  return Buffer.from(bytes);
};

const BASELINE = 66;
const CONSTRAINED = 0xc0;
const LEVEL = 30;

/** Sequence and picture parameters, as `avcC` wants them. */
export const parameterSets = ({ columns, rows }: Film): { sequence: Buffer; picture: Buffer } => {
  const sequence = createBits();
  for (const byte of [BASELINE, CONSTRAINED, LEVEL]) sequence.byte(byte);
  sequence.golomb(0); // its own number
  sequence.golomb(0); // frame numbers have 4 bits
  sequence.golomb(2); // frames are shown in the order they come
  sequence.golomb(1); // reference frames
  sequence.bits(0, 1); // no gaps in frame numbers
  sequence.golomb(columns - 1);
  sequence.golomb(rows - 1);
  sequence.bits(0b1100, 4); // frames only, 8 × 8 inference, no cropping, no display information
  const picture = createBits();
  picture.golomb(0); // its own number
  picture.golomb(0); // the sequence's
  picture.bits(0b00, 2); // CAVLC, no field order
  picture.golomb(0); // one slice group
  picture.golomb(0); // reference lists
  picture.golomb(0);
  picture.bits(0b000, 3); // no weighted prediction
  for (let offset = 0; offset < 3; offset += 1) picture.golomb(0); // quantiser offsets
  picture.bits(0b100, 3); // deblocking is controlled per slice; no constrained prediction, no redundant pictures
  return { sequence: toNal(0x67, sequence.finish()), picture: toNal(0x68, picture.finish()) };
};

const I_PCM = 25;
const I_16X16_VERTICAL = 1;
const CHROMA_VERTICAL = 2;

/** One frame of the film. */
export const encodeFrame = ({ columns, rows, colourAt }: Film, frame: number): Buffer => {
  const slice = createBits();
  slice.golomb(0); // first macroblock
  slice.golomb(7); // I slices throughout
  slice.golomb(0); // picture parameters
  slice.bits(0, 4); // frame number
  slice.golomb(frame % 2); // two key frames in a row differ in this
  slice.bits(0b00, 2); // no reference marking
  slice.golomb(0); // quantiser
  slice.golomb(1); // no deblocking
  for (let column = 0; column < columns; column += 1) {
    const colours = Array.from({ length: 16 }, (_, x) => colourAt(column * 16 + x, frame));
    slice.golomb(I_PCM);
    slice.align();
    for (let line = 0; line < 16; line += 1) for (const [luma] of colours) slice.byte(luma);
    for (const plane of [1, 2] as const) {
      for (let line = 0; line < 8; line += 1) {
        for (let x = 0; x < 16; x += 2) slice.byte(colours[x]?.[plane] ?? 128);
      }
    }
  }
  for (let row = 1; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      slice.golomb(I_16X16_VERTICAL);
      slice.golomb(CHROMA_VERTICAL);
      slice.golomb(0); // quantiser difference
      // no coefficients: the code for that depends on how many the neighbours have, and I_PCM counts as 16
      if (row === 1) slice.bits(0b000011, 6);
      else slice.bits(1, 1);
    }
  }
  return toNal(0x65, slice.finish());
};
