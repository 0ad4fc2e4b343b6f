import { refusalOf } from './refusal.ts';

/** What the markers of a JPEG file say. */
export interface JpegReading {
  width: number;
  height: number;
  /** Shown turned by a quarter (EXIF orientation 5 to 8): width and height change places on the screen. */
  turned: boolean;
  /** Two or more views of one scene in one file (MPO, JPS). */
  stereo: boolean;
  /** The file has its end marker. */
  complete: boolean;
}

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const APP1 = 0xe1;
const APP2 = 0xe2;
const APP3 = 0xe3;
/** Start of frame: all of C0 to CF but the tables DHT, JPG and DAC. */
const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
/** Markers without a segment: TEM, RST0 to RST7, SOI. */
const isBare = (marker: number) => marker === 0x01 || (marker >= 0xd0 && marker <= SOI);

/** A camera writes some dozen segments; colour profiles and XMP in pieces of 64 KB come to a few hundred. */
const MAX_MARKERS = 4_096;

/**
 * Reads the markers of a JPEG file; null: it is so damaged that it has no dimensions.
 * @throws {ServiceError} `instagram_rejected` for more than 4,096 markers outside of picture data.
 */
export const readJpeg = (bytes: Buffer): JpegReading | null => {
  if (bytes.length < 4 || bytes[0] !== 0xff || bytes[1] !== SOI) return null;
  const reading: JpegReading = { width: 0, height: 0, turned: false, stereo: false, complete: false };
  let markers = 0;
  for (let at = nextMarker(bytes, 2); at !== -1; ) {
    const marker = bytes[at] ?? 0;
    markers += 1;
    if (markers > MAX_MARKERS) throw refusalOf('image_format', 'The JPEG file consists of too many pieces');
    if (marker === EOI) {
      reading.complete = true;
      break;
    }
    if (isBare(marker)) {
      at = nextMarker(bytes, at + 1);
      continue;
    }
    if (at + 3 > bytes.length) break;
    const end = at + 1 + bytes.readUInt16BE(at + 1);
    const segment = bytes.subarray(at + 3, end);
    if (isFrame(marker) && segment.length >= 5) {
      reading.height = segment.readUInt16BE(1);
      reading.width = segment.readUInt16BE(3);
    }
    if (marker === APP1) reading.turned ||= isTurned(segment);
    if (marker === APP2) reading.stereo ||= holdsMoreViews(segment);
    if (marker === APP3) reading.stereo ||= segment.subarray(0, 8).toString('latin1') === '_JPSJPS_';
    at = marker === SOS ? nextMarkerInScan(bytes, end) : nextMarker(bytes, end);
  }
  return reading.width > 0 && reading.height > 0 ? reading : null;
};

/** Index of the next marker's code, after fill bytes; -1: there is no marker where one must be. */
const nextMarker = (bytes: Buffer, from: number): number => {
  if (bytes[from] !== 0xff) return -1;
  let at = from;
  while (bytes[at] === 0xff) at += 1;
  return at < bytes.length ? at : -1;
};

/** The same after picture data, in which FF 00 and restart markers are data. */
const nextMarkerInScan = (bytes: Buffer, from: number): number => {
  // Byte by byte: a search for each FF costs ten times as much where a file consists of nothing else.
  for (let at = from; at + 1 < bytes.length; at += 1) {
    if (bytes[at] !== 0xff) continue;
    const code = bytes[at + 1];
    if (code !== undefined && code !== 0x00 && code !== 0xff && !isBare(code)) return at + 1;
  }
  return -1;
};

const ORIENTATION = 0x0112;
const MP_ENTRIES = 0xb002;
/** Multi-picture types of views that belong together: panorama, disparity, multi-angle. A gain map is none of them. */
const isView = (attribute: number) => (attribute & 0x00ff0000) === 0x00020000;

const isTurned = (segment: Buffer): boolean => {
  if (segment.subarray(0, 6).toString('latin1') !== 'Exif\0\0') return false;
  const orientation = readTag(segment.subarray(6), ORIENTATION);
  const value = orientation?.entry.length === 4 ? orientation.uint16(orientation.entry, 0) : 0;
  return value >= 5 && value <= 8;
};

const holdsMoreViews = (segment: Buffer): boolean => {
  if (segment.subarray(0, 4).toString('latin1') !== 'MPF\0') return false;
  const tiff = segment.subarray(4);
  const tag = readTag(tiff, MP_ENTRIES);
  if (tag === null) return false;
  const start = tag.uint32(tag.entry, 0);
  for (let at = start; at + 16 <= Math.min(start + tag.count, tiff.length); at += 16) {
    if (isView(tag.uint32(tiff, at))) return true;
  }
  return false;
};

/** Finds a tag in the first directory of a TIFF structure; `entry` is its value, or where that lies. */
const readTag = (tiff: Buffer, wanted: number) => {
  if (tiff.length < 10) return null;
  const little = tiff.subarray(0, 2).toString('latin1') === 'II';
  const uint16 = (bytes: Buffer, at: number) => (little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const uint32 = (bytes: Buffer, at: number) => (little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const directory = uint32(tiff, 4);
  if (directory + 2 > tiff.length) return null;
  const entries = uint16(tiff, directory);
  for (let index = 0, at = directory + 2; index < entries && at + 12 <= tiff.length; index += 1, at += 12) {
    if (uint16(tiff, at) !== wanted) continue;
    return { count: uint32(tiff, at + 4), entry: tiff.subarray(at + 8, at + 12), uint16, uint32 };
  }
  return null;
};
