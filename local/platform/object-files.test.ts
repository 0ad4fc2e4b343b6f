import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createObjectFiles } from './object-files.ts';

const DAY_MS = 24 * 3600 * 1000;
const BUCKET = 'uploads';

let folder: string;
let now: number;
const open = () => createObjectFiles(folder, { now: () => now });
const put = (key: string, text: string) => open().put(BUCKET, key, 'image/jpeg', Readable.from([Buffer.from(text)]));
const contentOf = async (key: string) => {
  const object = await open().find(BUCKET, key);
  return object && String(await buffer(open().read(BUCKET, object, { start: 0, end: object.size - 1 })));
};
/** Names of everything below the folder of the bucket. */
const names = (): string[] => readdirSync(folder).flatMap((name) => readdirSync(join(folder, name)));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'objects-'));
  now = Date.now();
});
afterEach(() => rmSync(folder, { recursive: true }));

test('what was stored is there for the next process, under any key', async () => {
  const keys = ['uploads/1/a', '../../../escape', 'ж'.repeat(500), '__proto__', ''];
  for (const key of keys) await put(key, `content of ${key}`);

  for (const key of keys) expect(await contentOf(key)).toBe(`content of ${key}`);
  expect(await open().keys(BUCKET)).toEqual(keys.toSorted());
  expect(await open().find('other', 'uploads/1/a')).toBeNull();
});

test('a second object under a key takes the place of the first, and nothing of that stays', async () => {
  const first = await put('a', 'one');
  const second = await put('a', 'two');

  expect(await contentOf('a')).toBe('two');
  expect(first.etag).not.toBe(second.etag);
  expect(names()).toHaveLength(2); // a record and its content
});

test('a file is written while it arrives, and never held whole', async () => {
  const MIB = 1024 * 1024;
  const onDisk = (): number =>
    readdirSync(folder, { recursive: true }).reduce((sum, name) => sum + statSync(join(folder, String(name))).size, 0);
  let written = 0;
  const arriving = Readable.from(
    (async function* () {
      for (let sent = 0; sent < 32; sent += 1) yield Buffer.alloc(MIB, sent);
      written = onDisk();
    })(),
  );

  expect(await open().put(BUCKET, 'large', 'video/mp4', arriving)).toMatchObject({ size: 32 * MIB });
  expect(written).toBeGreaterThan(24 * MIB);
});

test('what fails half-way leaves what was there before, and no part of itself', async () => {
  await put('a', 'one');
  const breaking = Readable.from(
    (async function* () {
      yield Buffer.from('tw');
      throw new Error('the client went away');
    })(),
  );

  await expect(open().put(BUCKET, 'a', 'image/jpeg', breaking)).rejects.toThrow('the client went away');

  expect(await contentOf('a')).toBe('one');
  expect(names()).toHaveLength(2);
});

test('removes what is older than it is kept, and what a crash left more than a day ago', async () => {
  await put('old', 'one');
  now += 3 * DAY_MS;
  await put('new', 'two');
  const [directory = ''] = readdirSync(folder);
  const leftBehind = (name: string, ageMs: number): void => {
    const path = join(folder, directory, name);
    writeFileSync(path, 'half');
    utimesSync(path, new Date(now - ageMs), new Date(now - ageMs));
  };
  leftBehind('crashed', 2 * DAY_MS);
  leftBehind('arriving', DAY_MS / 2);

  await open().sweep(2);

  expect(await open().keys(BUCKET)).toEqual(['new']);
  expect(await contentOf('new')).toBe('two');
  expect(names()).toHaveLength(3);
  expect(names()).toContain('arriving');
});
