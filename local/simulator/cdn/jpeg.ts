import jpeg from 'jpeg-js';

export interface IndexedImage {
  readonly width: number;
  readonly height: number;
  /** Up to 256 colours: red, green, blue. */
  readonly palette: readonly (readonly [number, number, number])[];
  /** One colour number per pixel, row by row. */
  readonly pixels: Uint8Array;
}

const QUALITY = 82;
const OPAQUE = 255;

/** A baseline JPEG file, as Instagram serves its pictures. */
export const encodeJpeg = ({ width, height, palette, pixels }: IndexedImage): Buffer => {
  const data = new Uint8Array(width * height * 4);
  const colours = Uint8Array.from(palette.flatMap((colour) => [...colour, OPAQUE]));
  for (let index = 0; index < pixels.length; index += 1) {
    const colour = (pixels[index] ?? 0) * 4;
    for (let channel = 0; channel < 4; channel += 1) data[index * 4 + channel] = colours[colour + channel] ?? OPAQUE;
  }
  return jpeg.encode({ width, height, data }, QUALITY).data;
};
