import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readEnvironment } from './environment.ts';

let file: string;
beforeEach(() => {
  file = join(mkdtempSync(join(tmpdir(), 'env-')), '.env');
});
afterEach(() => rmSync(join(file, '..'), { recursive: true }));

test('a byte order mark is no part of the first name', () => {
  writeFileSync(file, '\uFEFFOF_THE_FILE=é\r\nSECOND=2\r\n');

  expect(readEnvironment(file)).toMatchObject({ OF_THE_FILE: 'é', SECOND: '2' });
});

test.each([
  ['UTF-16 with a mark', Buffer.from('\uFEFFOF_THE_FILE=1\r\n', 'utf16le')],
  ['UTF-16 of the other order', Buffer.from('\uFEFFOF_THE_FILE=1\r\n', 'utf16le').swap16()],
  ['UTF-16 without a mark', Buffer.from('OF_THE_FILE=1\r\n', 'utf16le')],
  ['Latin-1', Buffer.from('OF_THE_FILE=é', 'latin1')],
])('%s is one line that says which file and what to do, and repeats none of it', (_what, bytes) => {
  writeFileSync(file, bytes);

  expect(() => readEnvironment(file)).toThrow(
    `${file} is not UTF-8 (some editors of Windows write UTF-16): save it as UTF-8, and start again`,
  );
});

test('without a file there is only the environment; a folder in its place is one line', () => {
  expect(readEnvironment(file)).not.toHaveProperty('OF_THE_FILE');
  expect(() => readEnvironment(join(file, '..'))).toThrow(/cannot be read \(EISDIR\)$/);
});
