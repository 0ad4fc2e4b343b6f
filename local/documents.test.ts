/** What the documents say about files and variables must be so. */
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import * as config from '../lib/config.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MAX_README_BYTES = 12 * 1024;

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const matches = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, found = '']) => found);

/** Every page of ours: not by git, which is not in the container that tests run in. */
const pages = globSync(['*.md', '{.github,bench,docs,functions,infra,lib,local,migrations}/**/*.md'], { cwd: ROOT });

/** A page without its code, in which brackets are no links. */
const prose = (page: string): string => read(page).replace(/```[\s\S]*?```|`[^`\n]*`/g, '');

/** The anchors of a page, as GitHub makes them of headings. */
const anchorsOf = (page: string): string[] =>
  matches(read(page).replace(/```[\s\S]*?```/g, ''), /^#+ +(.*)$/gm).map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

/** Why a relative link of a page leads nowhere; null: it leads somewhere. */
const brokenBecause = (page: string, link: string): string | null => {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : join(dirname(page), decodeURIComponent(path));
  if (!existsSync(join(ROOT, target))) return `${page}: ${link} is no file`;
  if (anchor === undefined) return null;
  const hasAnchors = statSync(join(ROOT, target)).isFile() && target.endsWith('.md');
  return hasAnchors && anchorsOf(target).includes(anchor) ? null : `${page}: ${link} is no heading`;
};

test('every relative link of a page leads to a file, and to a heading of it', () => {
  const links = pages.flatMap((page) =>
    matches(prose(page), /\]\(([^)\s]+)\)/g)
      .filter((link) => !/^[a-z]+:/.test(link))
      .map((link) => [page, link] as const),
  );

  expect(links.length).toBeGreaterThan(10);
  expect(links.map(([page, link]) => brokenBecause(page, link)).filter((reason) => reason !== null)).toEqual([]);
});

test('every npm script that a page names exists', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const named = pages.flatMap((page) =>
    matches(read(page), /npm run ([a-z][a-z:-]*)/g).map((name) => [page, name] as const),
  );

  expect(named.length).toBeGreaterThan(10);
  expect(named.filter(([, name]) => scripts[name] === undefined)).toEqual([]);
});

test('the quick start mirrors comments too, and sends a JPEG that is here', () => {
  const readme = read('README.md');

  expect(matches(readme, /curl .*\/sync .*-d '([^']+)'/g)).toEqual(['{"include": ["comments"]}']);
  const files = matches(readme, /-F file=@(\S+?)[ )]/g);
  expect(files).not.toEqual([]);
  for (const file of files) expect(readFileSync(join(ROOT, file)).subarray(0, 3).toString('hex')).toBe('ffd8ff');
});

test('the README stays short enough to be read', () => {
  expect(Buffer.byteLength(read('README.md'))).toBeLessThanOrEqual(MAX_README_BYTES);
});

test('every page of docs/decisions says context, choice and consequence', () => {
  const decisions = pages.filter((page) => page.startsWith('docs/decisions/'));

  expect(decisions.length).toBeGreaterThan(10);
  for (const decision of decisions) {
    const parts = matches(read(decision), /^\*\*(\w+)\.\*\*/gm);
    expect([decision, parts]).toEqual([decision, ['Context', 'Choice', 'Consequence']]);
  }
});

/** The variables of a part of `docs/configuration.md`: what stands in the first column of its tables. */
const variablesIn = (text: string): string[] =>
  matches(text, /^\| (`[^|]*) \|/gm).flatMap((column) => matches(column, /`([^`]+)`/g));

const configuration = read('docs/configuration.md');
const [offeredPart = '', restPart = ''] = configuration.split('\n## Seldom needed\n');

const FOR_TESTS = ['testEnv', 'synthesisEnv', 'runsEnv', 'chaosEnv'];
const schemas = Object.fromEntries(Object.entries(config).filter(([name]) => !FOR_TESTS.includes(name)));
const readByCode = Object.values(schemas).flatMap((schema) =>
  schema instanceof z.ZodObject ? Object.keys(schema.shape) : [],
);
const readByCompose = matches(read('docker-compose.yml'), /\$\{(\w+)/g);

test('the page of variables has each variable that is read, once, and no other', () => {
  const documented = [...variablesIn(offeredPart), ...variablesIn(restPart)];

  expect(documented.toSorted()).toEqual([...new Set([...readByCode, ...readByCompose])].sort());
});

test('.env.example offers the variables of the sections up to "Seldom needed", and no other', () => {
  const offered = matches(read('.env.example'), /^(\w+)=/gm);

  expect(offered.toSorted()).toEqual(variablesIn(offeredPart).toSorted());
});

test('a variable that docker-compose does not pass on says so where it is offered', () => {
  const forStartOnly = variablesIn(offeredPart).filter((name) => !readByCompose.includes(name));
  const saysSo = matches(offeredPart, /^\| (`[^|]*`) \| `npm start` only/gm).map((column) =>
    column.replaceAll('`', ''),
  );

  expect(saysSo.toSorted()).toEqual(forStartOnly.toSorted());
});
