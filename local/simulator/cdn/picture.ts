import { createRandom, type Random } from '../world/random.ts';
import type { IndexedImage } from './jpeg.ts';

type Colour = readonly [number, number, number];

/** Hue in degrees, saturation and lightness from 0 to 1. */
const fromHsl = (hue: number, saturation: number, lightness: number): Colour => {
  const channel = (offset: number): number => {
    const turn = (offset + hue / 30) % 12;
    const part =
      lightness - saturation * Math.min(lightness, 1 - lightness) * Math.max(-1, Math.min(turn - 3, 9 - turn, 1));
    return Math.round(part * 255);
  };
  return [channel(0), channel(8), channel(4)];
};

// how the palette is laid out
const SKY_COLOURS = 64;
const SUN = SKY_COLOURS;
const FIRST_HILL = SUN + 1;
const HILLS = 4;
const PAPER = FIRST_HILL + HILLS;
const INK = PAPER + 1;

const makePalette = (random: Random): Colour[] => {
  const hue = random.between(0, 359);
  const sky = Array.from({ length: SKY_COLOURS }, (_, band) =>
    fromHsl((hue + band * 0.7) % 360, 0.65, 0.35 + (band / SKY_COLOURS) * 0.45),
  );
  const hills = Array.from({ length: HILLS }, (_, hill) =>
    fromHsl((hue + 150 + hill * 12) % 360, 0.4, 0.42 - hill * 0.09),
  );
  return [...sky, fromHsl((hue + 40) % 360, 0.95, 0.9), ...hills, [255, 255, 255], [20, 20, 24]];
};

/** 2 × 2 ordered dither, so that the sky has no visible steps. */
const DITHER = [0, 0.5, 0.75, 0.25] as const;

const drawSky = (pixels: Uint8Array, width: number, height: number): void => {
  for (let y = 0; y < height; y += 1) {
    const exact = (y / height) * (SKY_COLOURS - 1);
    for (let x = 0; x < width; x += 1) pixels[y * width + x] = Math.floor(exact + (DITHER[(y % 2) * 2 + (x % 2)] ?? 0));
  }
};

const drawSun = (pixels: Uint8Array, width: number, height: number, random: Random): void => {
  const radius = Math.round(Math.min(width, height) * (0.07 + random.next() * 0.08));
  const centreX = Math.round(width * (0.15 + random.next() * 0.7));
  const centreY = Math.round(height * (0.15 + random.next() * 0.3));
  for (let y = Math.max(0, centreY - radius); y <= Math.min(height - 1, centreY + radius); y += 1) {
    const half = Math.floor(Math.sqrt(radius ** 2 - (y - centreY) ** 2));
    pixels.fill(SUN, y * width + Math.max(0, centreX - half), y * width + Math.min(width, centreX + half));
  }
};

const drawHills = (pixels: Uint8Array, width: number, height: number, random: Random): void => {
  for (let hill = 0; hill < HILLS; hill += 1) {
    const base = height * (0.5 + hill * 0.12);
    const waves = [1, 2.3, 5.1].map((pace) => ({
      pace: pace * (1 + random.next()),
      phase: random.next() * 7,
      rise: (height * 0.06) / pace,
    }));
    for (let x = 0; x < width; x += 1) {
      const lift = waves.reduce(
        (sum, { pace, phase, rise }) => sum + rise * Math.sin((x / width) * pace * 6 + phase),
        0,
      );
      for (let y = Math.max(0, Math.floor(base + lift)); y < height; y += 1) pixels[y * width + x] = FIRST_HILL + hill;
    }
  }
};

/** Digits and the hyphen, 3 × 5, a row per three bits. */
const GLYPHS: Readonly<Record<string, number>> = {
  0: 0b111_101_101_101_111,
  1: 0b010_110_010_010_111,
  2: 0b111_001_111_100_111,
  3: 0b111_001_111_001_111,
  4: 0b101_101_111_001_001,
  5: 0b111_100_111_001_111,
  6: 0b111_100_111_101_111,
  7: 0b111_001_010_010_010,
  8: 0b111_101_111_101_111,
  9: 0b111_101_111_001_111,
  '-': 0b000_000_111_000_000,
};

/** Writes the label on a plate in the lower left corner, as far as it has glyphs. */
const drawLabel = (pixels: Uint8Array, width: number, height: number, label: string): void => {
  const glyphs = [...label].flatMap((character) => GLYPHS[character] ?? []);
  if (glyphs.length === 0) return;
  const dot = Math.max(2, Math.floor(Math.min(width, height) / 100));
  const fill = (colour: number, left: number, top: number, across: number, down: number): void => {
    for (let y = top; y < Math.min(height, top + down); y += 1)
      pixels.fill(colour, y * width + left, y * width + Math.min(width, left + across));
  };
  const left = 4 * dot;
  const top = height - 13 * dot;
  fill(PAPER, left, top, (glyphs.length * 4 + 3) * dot, 9 * dot);
  glyphs.forEach((glyph, index) => {
    for (let cell = 0; cell < 15; cell += 1) {
      if (((glyph >> (14 - cell)) & 1) === 0) continue;
      fill(INK, left + (2 + index * 4 + (cell % 3)) * dot, top + (2 + Math.floor(cell / 3)) * dot, dot, dot);
    }
  });
};

export interface PictureOptions {
  readonly seed: number;
  readonly width: number;
  readonly height: number;
  /** Digits and hyphens are written on it, to tell pictures apart. */
  readonly label: string;
}

/** Hills under a low sun: the same for the same seed, another for another. */
export const drawPicture = ({ seed, width, height, label }: PictureOptions): IndexedImage => {
  const random = createRandom(seed);
  const palette = makePalette(random);
  const pixels = new Uint8Array(width * height);
  drawSky(pixels, width, height);
  drawSun(pixels, width, height, random);
  drawHills(pixels, width, height, random);
  drawLabel(pixels, width, height, label);
  return { width, height, palette, pixels };
};
