/**
 * `npm run bench [section …]`: speed and memory as ratios against a floor that is measured in the same run. Prints a
 * table; ends with 1 when a bar is missed.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate } from '../lib/database/migrate.ts';
import { startPostgres } from '../local/platform/postgres.ts';
import { type Figure, missed, printSection } from './report.ts';
import { benchSync } from './sync.ts';

const SECTIONS: Record<string, { title: string; run: (databaseUrl: string) => Promise<Figure[]> }> = {
  sync: { title: 'Sync', run: benchSync },
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(SECTIONS, name));
if (unknown.length > 0) {
  console.error(`There is no section ${unknown.join(', ')}; there are ${Object.keys(SECTIONS).join(', ')}`);
  process.exit(2);
}

const dataDir = await mkdtemp(join(tmpdir(), 'bench-data-'));
await chmod(dataDir, 0o711); // so that PostgreSQL's own user reaches it where root runs the benchmark
const postgres = await startPostgres({ dataDir, log: () => undefined });
const all: Figure[] = [];
try {
  await migrate({ url: postgres.url, direction: 'up', log: () => undefined });
  for (const [name, { title, run }] of Object.entries(SECTIONS)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const figures = await run(postgres.url);
    printSection(title, figures);
    all.push(...figures);
  }
} finally {
  await postgres.stop();
  await rm(dataDir, { recursive: true, force: true });
}
const short = missed(all);
console.log(short.length === 0 ? '\nEvery bar holds.' : `\nMissed: ${short.map(({ name }) => name.trim()).join('; ')}`);
process.exitCode = short.length === 0 ? 0 : 1;
