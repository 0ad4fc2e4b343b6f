import type { ByteSource } from './byte-source.ts';
import { refusalOf } from './refusal.ts';

/** A box (atom) of an MP4 or MOV file: where it begins, and where its content begins. */
export interface Box {
  type: string;
  start: number;
  content: number;
  /** As the box itself says; in a file that was cut off, beyond its end. */
  end: number;
}

const HEADER = 8;
const LONG_HEADER = 16;

/** Reads a box's header at `start` of `bytes`, which begin at `offset` of the file or index; null: there is none. */
const readHeader = (bytes: Buffer, start: number, offset: number, limit: number): Box | null => {
  if (start + HEADER > bytes.length) return null;
  const type = bytes.toString('latin1', start + 4, start + HEADER);
  const size = bytes.readUInt32BE(start);
  if (size === 0) return { type, start: offset, content: offset + HEADER, end: limit }; // to the end of the file
  if (size !== 1) return size < HEADER ? null : { type, start: offset, content: offset + HEADER, end: offset + size };
  if (start + LONG_HEADER > bytes.length) return null;
  const long = bytes.readBigUInt64BE(start + HEADER);
  if (long < BigInt(LONG_HEADER) || long > BigInt(Number.MAX_SAFE_INTEGER)) return null;
  return { type, start: offset, content: offset + LONG_HEADER, end: offset + Number(long) };
};

/** Ordinary videos have about five; fragmented ones have thousands, each a read of its own. */
const MAX_TOP_BOXES = 64;

/** An index that a telephone or an editor wrote has 30 to 300 boxes. */
const MAX_INDEX_BOXES = 4_096;

/** The boxes of a file, in order. Ends at the first that is none, at the end of the file, or after 64. */
export async function* topBoxes(source: ByteSource): AsyncGenerator<Box, void, undefined> {
  for (let offset = 0, count = 0; offset < source.size && count < MAX_TOP_BOXES; count += 1) {
    const header = await source.read(offset, Math.min(offset + LONG_HEADER, source.size));
    const box = readHeader(header, 0, offset, source.size);
    if (box === null) return;
    yield box;
    offset = box.end;
  }
}

/** An index (`moov`) that is in memory. */
export interface BoxIndex {
  /** The boxes within `parent`, in order; ends at the first that does not fit into it. */
  within: (parent: Pick<Box, 'content' | 'end'>) => Generator<Box, void, undefined>;
  /** The first box at the end of a path of types (`['mdia', 'minf', 'stbl']`). */
  find: (parent: Pick<Box, 'content' | 'end'>, path: readonly string[]) => Box | null;
  /** A box's content. */
  contentOf: (box: Pick<Box, 'content' | 'end'>) => Buffer;
}

/**
 * Reads boxes of an index, 4,096 of them at most in all: a file of empty boxes would keep the process busy for seconds.
 * Depth needs no bound: only paths of known types are followed.
 */
export const createBoxIndex = (bytes: Buffer): BoxIndex => {
  let left = MAX_INDEX_BOXES;

  function* within(parent: Pick<Box, 'content' | 'end'>): Generator<Box, void, undefined> {
    for (let offset = parent.content; offset < parent.end; ) {
      const box = readHeader(bytes, offset, offset, parent.end);
      if (box === null || box.end > Math.min(parent.end, bytes.length)) return;
      if (left === 0) throw refusalOf('video_format', 'The index of the video (moov) holds too many boxes');
      left -= 1;
      yield box;
      offset = box.end;
    }
  }
  return {
    within,
    find: (parent, path) => {
      let found: Pick<Box, 'content' | 'end'> = parent;
      for (const type of path) {
        const next = within(found).find((box) => box.type === type);
        if (next === undefined) return null;
        found = next;
      }
      return found === parent ? null : (found as Box);
    },
    contentOf: ({ content, end }) => bytes.subarray(content, end),
  };
};
