import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ByteSource } from './byte-source.ts';
import { type Box, type BoxIndex, createBoxIndex, topBoxes } from './mp4-boxes.ts';
import { refusalOf } from './refusal.ts';

/** What the index of an MP4 or MOV file says; null: it does not say. */
export interface Mp4Reading {
  durationMs: number | null;
  video: {
    /** Four characters: `avc1`, `hvc1` … */
    codec: string;
    /** As coded. */
    width: number;
    height: number;
    /** Shown turned by a quarter: width and height change places on the screen. */
    turned: boolean;
    framesPerSecond: number | null;
  } | null;
  /** Codec of the first sound track. */
  audioCodec: string | null;
  /** The index comes after the pictures, so a player must load all of the file before it can begin. */
  indexAtEnd: boolean;
  /** Parts are left out, repeated or shifted in time. */
  edited: boolean;
  /** In pieces that each carry their own index. */
  fragmented: boolean;
  /** All data that the index names is in the file. */
  complete: boolean;
}

/** The index of a video of 15 minutes has about half a megabyte. */
const MAX_INDEX_BYTES = 16 * 1024 * 1024;
/** Picture, sound, subtitles, time codes: cameras write up to a dozen. */
const MAX_TRACKS = 32;

/**
 * Reads the structure of the file, in a few small reads; null: it has no readable index (`moov`). The event loop turns
 * between tracks.
 * @throws {ServiceError} `instagram_rejected` for an index of more boxes or tracks than any camera or editor writes.
 */
export const readMp4 = async (source: ByteSource): Promise<Mp4Reading | null> => {
  let moov: Box | undefined;
  let complete = true;
  let picturesFirst = false;
  for await (const box of topBoxes(source)) {
    complete &&= box.end <= source.size;
    if (box.type === 'mdat' && moov === undefined) picturesFirst = true;
    if (box.type === 'moov') moov ??= box;
  }
  if (moov === undefined || moov.end > source.size || moov.end - moov.start > MAX_INDEX_BYTES) return null;
  const index = createBoxIndex(await source.read(moov.start, moov.end));
  const reading = await readIndex(index, { content: moov.content - moov.start, end: moov.end - moov.start });
  return {
    ...reading,
    indexAtEnd: picturesFirst,
    complete: complete && reading.lastChunkAt < source.size,
  };
};

const readIndex = async (index: BoxIndex, root: Pick<Box, 'content' | 'end'>) => {
  const children = [...index.within(root)];
  const boxes = children.filter(({ type }) => type === 'trak');
  if (boxes.length > MAX_TRACKS) throw refusalOf('video_format', `The video has more than ${MAX_TRACKS} tracks`);
  const tracks: ReturnType<typeof readTrack>[] = [];
  for (const box of boxes) {
    tracks.push(readTrack(index, box));
    await nextTurn(); // the tables of one track can hold millions of entries
  }
  const video = tracks.find(({ handler }) => handler === 'vide');
  const fragments = children.find(({ type }) => type === 'mvex');
  const movie = durationIn(index, index.find(root, ['mvhd']));
  // the header of a fragmented file covers only what is before the first fragment, often nothing
  const whole = fragments && durationIn(index, index.find(fragments, ['mehd']), movie?.timescale);
  const longest = Math.max(0, ...tracks.map(({ durationMs }) => durationMs ?? 0));
  return {
    durationMs: fragments ? (whole?.ms ?? null) : (movie?.ms ?? (longest || null)),
    video: video === undefined ? null : video.picture,
    audioCodec: tracks.find(({ handler }) => handler === 'soun')?.codec ?? null,
    edited: tracks.some(({ edited }) => edited),
    fragmented: fragments !== undefined,
    lastChunkAt: Math.max(0, ...tracks.map(({ lastChunkAt }) => lastChunkAt)),
  };
};

const readTrack = (index: BoxIndex, track: Box) => {
  const table = ['mdia', 'minf', 'stbl'];
  const [description, times, offsets, longOffsets, handlerBox, editList] = [
    [...table, 'stsd'],
    [...table, 'stts'],
    [...table, 'stco'],
    [...table, 'co64'],
    ['mdia', 'hdlr'],
    ['edts', 'elst'],
  ].map((path) => index.find(track, path));
  const duration = durationIn(index, index.find(track, ['mdia', 'mdhd']));
  const handler = handlerBox ? index.contentOf(handlerBox).toString('latin1', 8, 12) : '';
  const sample = description ? index.contentOf(description).subarray(8) : Buffer.alloc(0);
  const codec = sample.length >= 8 ? sample.toString('latin1', 4, 8) : '';
  const frames = times ? countSamples(index.contentOf(times)) : 0;
  const seconds = (duration?.ms ?? 0) / 1_000;
  return {
    handler,
    codec,
    durationMs: duration?.ms ?? null,
    edited: editList ? isEdited(index.contentOf(editList)) : false,
    lastChunkAt: lastOffset(index, offsets ?? null, longOffsets ?? null),
    picture: {
      codec,
      width: sample.length >= 36 ? sample.readUInt16BE(32) : 0,
      height: sample.length >= 36 ? sample.readUInt16BE(34) : 0,
      turned: isTurned(index, index.find(track, ['tkhd'])),
      framesPerSecond: seconds > 0 && frames > 0 ? frames / seconds : null,
    },
  };
};

/** Duration of a header box (`mvhd`, `mdhd`, `mehd`: all with version 1 for 64 bits); null when it states none. */
const durationIn = (index: BoxIndex, box: Box | null, knownTimescale?: number) => {
  if (box === null) return null;
  const content = index.contentOf(box);
  const long = content[0] === 1;
  // `mehd` is a duration alone; the others have two dates and a time scale before it
  const at = knownTimescale === undefined ? (long ? 24 : 16) : 4;
  if (content.length < at + (long ? 8 : 4)) return null;
  const timescale = knownTimescale ?? content.readUInt32BE(at - 4);
  const duration = long ? Number(content.readBigUInt64BE(at)) : content.readUInt32BE(at);
  const unknown = duration === 0 || duration === 0xffffffff || !Number.isSafeInteger(duration) || timescale === 0;
  return { timescale, ms: unknown ? null : Math.round((duration / timescale) * 1_000) };
};

/** An edit list that plays the track from its beginning, once, changes nothing. */
const isEdited = (list: Buffer): boolean => {
  if (list.length < 8) return false;
  const entries = list.readUInt32BE(4);
  if (entries !== 1) return entries > 1;
  const long = list[0] === 1;
  if (list.length < (long ? 24 : 16)) return false;
  return long ? list.readBigInt64BE(16) !== 0n : list.readInt32BE(12) !== 0;
};

const countSamples = (times: Buffer): number => {
  let samples = 0;
  for (let at = 8; at + 8 <= times.length; at += 8) samples += times.readUInt32BE(at);
  return samples;
};

/** Where the last chunk of samples begins: beyond the end of a file that was cut off. */
const lastOffset = (index: BoxIndex, short: Box | null, long: Box | null): number => {
  let last = 0;
  if (short !== null) {
    const table = index.contentOf(short);
    for (let at = 8; at + 4 <= table.length; at += 4) last = Math.max(last, table.readUInt32BE(at));
  }
  if (long !== null) {
    const table = index.contentOf(long);
    for (let at = 8; at + 8 <= table.length; at += 8) last = Math.max(last, Number(table.readBigUInt64BE(at)));
  }
  return last;
};

/** Whether the track's matrix turns it by a quarter: no part of the width stays horizontal. */
const isTurned = (index: BoxIndex, header: Box | null): boolean => {
  if (header === null) return false;
  const content = index.contentOf(header);
  const matrix = content[0] === 1 ? 52 : 40;
  return content.length >= matrix + 36 && content.readInt32BE(matrix) === 0 && content.readInt32BE(matrix + 4) !== 0;
};
