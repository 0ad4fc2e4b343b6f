/** Folders of `lib/` import each other in one direction: whoever reads one need not read another first, and then it again. */
import { expect, test } from '@jest/globals';
import { sourceLines } from './testing/source-lines.ts';

type Edges = ReadonlyMap<string, ReadonlySet<string>>;

const edgesOf = (lines: readonly { file: string; line: string }[]): Edges => {
  const edges = new Map<string, Set<string>>();
  for (const { file, line } of lines) {
    const from = /^lib\/([^/]+)\//.exec(file)?.[1];
    const path = /\bfrom '(\..*)'|\bimport\(?'(\..*)'/.exec(line)?.slice(1).find(Boolean);
    if (from === undefined || path === undefined) continue;
    const to = /^\/lib\/([^/]+)\//.exec(new URL(path, `file:///${file}`).pathname)?.[1];
    if (to === undefined || to === from) continue;
    edges.set(from, (edges.get(from) ?? new Set()).add(to));
  }
  return edges;
};

/** A way along the edges that comes back to where it began; null: there is none. */
const cycleOf = (edges: Edges): string[] | null => {
  const done = new Set<string>();
  const visit = (folder: string, way: readonly string[]): string[] | null => {
    if (way.includes(folder)) return [...way.slice(way.indexOf(folder)), folder];
    if (done.has(folder)) return null;
    for (const next of edges.get(folder) ?? []) {
      const cycle = visit(next, [...way, folder]);
      if (cycle !== null) return cycle;
    }
    done.add(folder);
    return null;
  };
  for (const folder of edges.keys()) {
    const cycle = visit(folder, []);
    if (cycle !== null) return cycle;
  }
  return null;
};

test('no folder of lib/ imports, over however many others, one that imports it', () => {
  const edges = edgesOf(sourceLines('lib'));
  expect([...(edges.get('comments') ?? [])]).toContain('posts');
  expect(cycleOf(edges)).toBeNull();
});

test('a cycle of folders would be found, however long it is', () => {
  const lines = [
    { file: 'lib/sync/engine.ts', line: "import { createCommentsPhase } from '../comments/comments-phase.ts';" },
    { file: 'lib/comments/comments-phase.ts', line: "import type { Post } from '../posts/schema.ts';" },
    { file: 'lib/posts/deep/er.ts', line: "} from '../../sync/index.ts';" },
  ];
  expect(cycleOf(edgesOf(lines))).toEqual(['sync', 'comments', 'posts', 'sync']);
  expect(cycleOf(edgesOf(lines.slice(0, 2)))).toBeNull();
});
