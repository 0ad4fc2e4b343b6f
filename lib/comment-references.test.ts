/** A comment that names a file sends its reader there: the file must exist. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { expect, test } from '@jest/globals';

const ROOT = join(import.meta.dirname, '..');
const FILE_NAME = /(?<![\w:/@.-])(?:\.{0,2}\/)?\w[\w./-]*\.(?:ts|mjs|sql|md|json|jsonc|yml)\b(?!\w)/g;
/** Not a file of the repository: the service answers with it. */
const SERVED = 'openapi.json';

const commentsOf = (file: string, source: string): string[] =>
  source.match(file.endsWith('.sql') ? /--.*/g : /\/\*[\s\S]*?\*\/|(?<![:'"`\w])\/\/ .*/g) ?? [];

/** Files that comments of `file` name, and that are not among `files`: by path, or by the end of one. */
const danglingReferences = (file: string, source: string, files: ReadonlySet<string>): string[] =>
  commentsOf(file, source)
    .flatMap((comment) => comment.replaceAll(/https?:\/\/\S+/g, '').match(FILE_NAME) ?? [])
    .filter((name) => {
      const beside = posix.join(posix.dirname(file), name);
      const end = `/${name.replace(/^[./]+/, '')}`;
      return !end.endsWith(`/${SERVED}`) && !files.has(beside) && ![...files].some((one) => `/${one}`.endsWith(end));
    });

const FOLDERS = ['functions', 'lib', 'local', 'infra', 'bench', 'migrations', 'docs', '.github'];
/** Its examples name files that must not exist. */
const THIS_FILE = 'lib/comment-references.test.ts';

const listFiles = (): string[] => [
  ...readdirSync(ROOT),
  ...FOLDERS.filter((folder) => existsSync(join(ROOT, folder))).flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
  ),
];

test('every file that a comment names exists', () => {
  const files = listFiles();
  const known = new Set(files);
  const sources = files.filter((file) => /\.(ts|mjs|sql)$/.test(file) && file !== THIS_FILE);
  expect(sources.length).toBeGreaterThan(500);
  const dangling = sources.flatMap((file) =>
    danglingReferences(file, readFileSync(join(ROOT, file), 'utf8'), known).map((name) => `${file} names ${name}`),
  );
  expect(dangling).toEqual([]);
});

test.each([
  ['/** How HTTP says it: `http/gone.ts`. */', ['http/gone.ts']],
  ['const a = 1; // see ../lost.md', ['../lost.md']],
  ['/** The table of `error-table.ts`, `./errors.ts` and lib/errors.ts; `openapi.json` is served. */', []],
  ["import { a } from './no-comment.ts';", []],
  ['/** @see https://example.com/page.md */', []],
])('the references in %j that lead nowhere are %j', (source, expected) => {
  const files = new Set(['lib/errors.ts', 'lib/instagram/errors.ts', 'lib/instagram/error-table.ts']);
  expect(danglingReferences('lib/instagram/some.ts', source, files)).toEqual(expected);
});
