/**
 * Every listing is walked by `walk`, or by `readWhole`, which calls it: a loop of one's own has no memory, no bounds, and no end
 * where Instagram gives none.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const LIB = join(import.meta.dirname, '..');
const WALKER = 'instagram/walk.ts';

/** What follows a listing by hand: a position taken from a page, to read the next one with. */
const BY_HAND = [/(?<!const )\bafter\s*=[^=>;\n]*\.after\b/, /\bwhile\s*\([^{;\n]*\.after\b/];
const READS_A_LISTING = /\.(?:readPage|readReplies|readStories)\b/;

const isByHand = (source: string): boolean =>
  BY_HAND.some((pattern) => pattern.test(source)) ||
  (READS_A_LISTING.test(source) && !/\/(walk|read-all)\.ts'/.test(source));

const listSources = async (): Promise<string[]> =>
  (await readdir(LIB, { recursive: true })).filter(
    (name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.startsWith('testing/'),
  );

test('no listing is followed by hand', async () => {
  const sources = await listSources();
  expect(sources).toContain(WALKER);
  const found: string[] = [];
  for (const name of sources) {
    if (name !== WALKER && isByHand(await readFile(join(LIB, name), 'utf8'))) found.push(name);
  }
  expect(found).toEqual([]);
});

test.each([
  ['the next position kept in a variable', 'for (;;) { const page = await read(after); after = page.after; }'],
  ['the same, if there is one', 'after = paging?.next && paging.cursors.after;'],
  ['a loop over positions', 'do { page = await read(page?.after) } while (page.after !== null);'],
  ['a reader without the walker', 'const page = await client.media.readPage(id, { after: cursor });'],
])('a listing followed by hand would be found: %s', (_, source) => expect(isByHand(source)).toBe(true));
