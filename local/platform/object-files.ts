import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { errorCode } from './error-code.ts';

const recordSchema = z.strictObject({
  key: z.string(),
  content_type: z.string(),
  size: z.int().nonnegative(),
  /** As S3 gives it: the MD5 of the content, in quotes. */
  etag: z.string(),
  /** ISO 8601. */
  stored_at: z.string(),
  /** The file of the content, beside the record. */
  content: z.string(),
});
/** What is stored under a key. */
export type StoredObject = Readonly<z.output<typeof recordSchema>>;

const DAY_MS = 24 * 3600 * 1000;
const RECORD = '.json';
const IS_RECORD = /^[0-9a-f]{64}\.json$/;

/** The hash of a key as a file name: keys can be longer than file names, and can have any characters. */
const nameOf = (key: string): string => createHash('sha256').update(key).digest('hex');

/**
 * Keeps objects as files below `folder`, one folder for each bucket. Content is streamed, so that a video is never in memory
 * as a whole. Nothing about an object is kept in the process: several processes can share the folder, and a restart loses
 * nothing.
 *
 * The content is written first, under a new name. Then a record that names it replaces the record before. A crash in between
 * leaves a file that no record names; `sweep` removes it.
 */
export const createObjectFiles = (folder: string, { now }: { now: () => number }) => {
  const folderOf = (bucket: string): string => join(folder, nameOf(bucket));
  const recordOf = (bucket: string, key: string): string => join(folderOf(bucket), `${nameOf(key)}${RECORD}`);

  /** What is stored under a key, or null. */
  const find = (bucket: string, key: string) => readRecord(recordOf(bucket, key));

  const removeContent = (bucket: string, object: StoredObject | null): Promise<void> =>
    object === null ? Promise.resolve() : rm(join(folderOf(bucket), object.content), { force: true });

  return {
    find,

    /**
     * Stores the content of `body` in the place of what was there. Resolves when it is on the disk.
     * @throws the error of `body`, of the disk (`ENOSPC`) or of `signal`; then what was there before stays.
     */
    put: async (
      bucket: string,
      key: string,
      content_type: string,
      body: Readable,
      signal?: AbortSignal,
    ): Promise<StoredObject> => {
      await mkdir(folderOf(bucket), { recursive: true, mode: 0o700 });
      const content = `${nameOf(key)}.${randomUUID()}`;
      const path = join(folderOf(bucket), content);
      const hash = createHash('md5');
      let size = 0;
      const measured = new PassThrough();
      measured.on('data', (chunk: Buffer) => {
        hash.update(chunk);
        size += chunk.length;
      });
      try {
        // `flush`: what was answered as stored survives a power failure.
        const file = createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true });
        await pipeline(body, measured, file, { ...(signal && { signal }) });
        const stored_at = new Date(now()).toISOString();
        const object = { key, content_type, size, etag: `"${hash.digest('hex')}"`, stored_at, content };
        const before = await find(bucket, key);
        await writeFile(`${path}${RECORD}`, JSON.stringify(object), { flag: 'wx', mode: 0o600, flush: true });
        await rename(`${path}${RECORD}`, recordOf(bucket, key));
        await removeContent(bucket, before);
        return object;
      } catch (error) {
        await rm(path, { force: true });
        await rm(`${path}${RECORD}`, { force: true });
        throw error;
      }
    },

    /** The bytes from `start` to `end`, both included. */
    read: (bucket: string, { content }: StoredObject, { start, end }: { start: number; end: number }): Readable =>
      createReadStream(join(folderOf(bucket), content), { start, end }),

    /** Removes what is stored under a key, if anything is. */
    remove: async (bucket: string, key: string): Promise<void> => {
      const object = await find(bucket, key);
      await rm(recordOf(bucket, key), { force: true });
      await removeContent(bucket, object);
    },

    /** Keys of a bucket, in order. */
    keys: async (bucket: string): Promise<readonly string[]> => {
      const objects = await Promise.all((await recordsIn(folderOf(bucket))).map(readRecord));
      return objects.flatMap((object) => (object === null ? [] : [object.key])).sort();
    },

    /**
     * Removes objects older than `keptDays`, as the bucket's lifecycle does on AWS. Also removes half-written files that a
     * crash left more than a day ago; another process may still be writing to younger ones.
     */
    sweep: async (keptDays: number): Promise<void> => {
      for (const directory of (await namesIn(folder)).map((name) => join(folder, name))) {
        const named = new Set<string>();
        for (const path of await recordsIn(directory)) {
          const object = await readRecord(path);
          if (object === null) continue;
          named.add(object.content);
          if (now() - Date.parse(object.stored_at) <= keptDays * DAY_MS) continue;
          await rm(path, { force: true });
          await rm(join(directory, object.content), { force: true });
        }
        for (const name of await namesIn(directory)) {
          if (named.has(name) || IS_RECORD.test(name)) continue;
          const { mtimeMs } = await stat(join(directory, name));
          if (now() - mtimeMs > DAY_MS) await rm(join(directory, name), { force: true });
        }
      }
    },
  };
};
export type ObjectFiles = ReturnType<typeof createObjectFiles>;

const unlessMissing = async <Result, Otherwise>(
  reading: Promise<Result>,
  otherwise: Otherwise,
): Promise<Result | Otherwise> => {
  try {
    return await reading;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return otherwise;
    throw error;
  }
};

const namesIn = (directory: string): Promise<readonly string[]> => unlessMissing(readdir(directory), []);

const recordsIn = async (directory: string): Promise<readonly string[]> =>
  (await namesIn(directory)).filter((name) => IS_RECORD.test(name)).map((name) => join(directory, name));

const readRecord = async (path: string): Promise<StoredObject | null> => {
  const text = await unlessMissing(readFile(path, 'utf8'), null);
  return text === null ? null : recordSchema.parse(JSON.parse(text));
};
