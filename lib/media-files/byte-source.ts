/** A file that is read piece by piece, wherever it is: to inspect a video, only its index is loaded. */
export interface ByteSource {
  /** Bytes in all. */
  size: number;
  /** The bytes from `start` up to `end` or the end of the file, whichever comes first. */
  read: (start: number, end: number) => Promise<Buffer>;
}

/** A file that is in memory already. */
export const bufferSource = (bytes: Buffer): ByteSource => ({
  size: bytes.length,
  read: async (start, end) => bytes.subarray(start, end),
});

/** The same file. Its beginning is read once and kept: most of what is read is there, in many small pieces. */
export const withHead = ({ size, read }: ByteSource, headBytes: number): ByteSource => {
  let head: Promise<Buffer> | undefined;
  return {
    size,
    read: async (start, end) => {
      if (end > Math.min(headBytes, size)) return await read(start, end);
      head ??= read(0, Math.min(headBytes, size));
      return (await head).subarray(start, end);
    },
  };
};
