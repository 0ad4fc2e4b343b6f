/** The pages of the repository name files and places in pages: each of them is there. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';

const PAGES = [...globSync('*.md'), ...globSync('docs/**/*.md'), ...globSync('local/**/*.md')];

/** The places of a page, as GitHub names them after its headings. */
const anchorsOf = (page: string): string[] =>
  [...readFileSync(page, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_\- ]/gu, '')
      .replaceAll(' ', '-'),
  );

test.each(PAGES)('every link of %s leads somewhere', (page) => {
  const links = [...readFileSync(page, 'utf8').matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)]+))?\)/g)];
  const dead = links.filter(([, path = '', anchor]) => {
    const target = path === '' ? page : join(dirname(page), path);
    return !existsSync(target) || (anchor !== undefined && !anchorsOf(target).includes(anchor));
  });
  expect(dead.map(([link]) => link)).toEqual([]);
});

test('there are pages, and links in them', () => {
  expect(PAGES).toEqual(expect.arrayContaining(['README.md', join('docs', 'promises.md')]));
  expect(readFileSync('docs/promises.md', 'utf8')).toMatch(/\]\(\.\.\/lib\//);
});
