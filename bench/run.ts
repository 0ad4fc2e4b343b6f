/**
 * `npm run bench [section …]`: speed and memory as ratios against a floor that is measured in the same run. Prints a
 * table; ends with 1 when a bar is missed.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, escapeIdentifier } from 'pg';
import { migrate } from '../lib/database/migrate.ts';
import { startPostgres } from '../local/platform/postgres.ts';
import { benchBundles } from './bundles.ts';
import { benchComments } from './comments.ts';
import { othersShare } from './machine.ts';
import { benchFreshPosts, benchPosts } from './posts.ts';
import { type Figure, missed, printSection } from './report.ts';
import { benchSync } from './sync.ts';

/** Each gets a database of its own, migrated and empty. */
const SECTIONS: Record<string, { title: string; run: (databaseUrl: string) => Promise<Figure[]> }> = {
  sync: { title: 'Sync', run: benchSync },
  comments: { title: 'Comments', run: benchComments },
  posts: { title: 'Posts', run: benchPosts },
  fresh: { title: 'Posts right after a first sync', run: benchFreshPosts },
  bundles: { title: 'Bundles', run: benchBundles },
};
/** The share of all processors that other programs may use; above it, figures that need a quiet machine are not judged. */
const QUIET = 0.1;

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(SECTIONS, name));
if (unknown.length > 0) {
  console.error(`There is no section ${unknown.join(', ')}; there are ${Object.keys(SECTIONS).join(', ')}`);
  process.exit(2);
}

/** Runs `use` with an empty database on the server that `serverUrl` leads to, and drops it. */
const withDatabase = async <Result>(serverUrl: string, name: string, use: (url: string) => Promise<Result>) => {
  const client = new Client({ connectionString: serverUrl });
  await client.connect();
  const url = Object.assign(new URL(serverUrl), { pathname: `/${name}` }).href;
  try {
    await client.query(`CREATE DATABASE ${escapeIdentifier(name)}`);
    await migrate({ url, direction: 'up', log: () => undefined });
    return await use(url);
  } finally {
    await client.query(`DROP DATABASE IF EXISTS ${escapeIdentifier(name)} WITH (FORCE)`);
    await client.end();
  }
};

const dataDir = await mkdtemp(join(tmpdir(), 'bench-data-'));
const postgres = await startPostgres({ dataDir, log: () => undefined });
const short: Figure[] = [];
try {
  for (const [name, { title, run }] of Object.entries(SECTIONS)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const before = await othersShare();
    const figures = await withDatabase(postgres.url, `bench_${name}`, run);
    const others = Math.max(before, await othersShare());
    const quiet = others <= QUIET;
    printSection(`${title} (other processes: ${Math.round(100 * others)} % of the processors)`, figures, quiet);
    short.push(...missed(figures, quiet));
  }
} finally {
  await postgres.stop();
  await rm(dataDir, { recursive: true, force: true });
}
console.log(short.length === 0 ? '\nEvery bar holds.' : `\nMissed: ${short.map(({ name }) => name.trim()).join('; ')}`);
process.exitCode = short.length === 0 ? 0 : 1;
