import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { BUNDLE_OPTIONS, bundleFunctions } from '../infra/bundling.ts';
import { type Figure, median } from './report.ts';

const ENTRIES = ['list-posts', 'start-sync', 'sync-posts.consumer'] as const;
type Entry = (typeof ENTRIES)[number];
const PROCESSES = 15;
/**
 * The bar of the ratio was 4 while no `node:http` was loaded before the import. pg alone took 12.5 ms then, of which 4.5 went
 * into modules that `node:http` loads too. The code of that time, built again and measured both ways in turns with today's:
 * 3.5 × (44 ms) without `node:http`, 4.75 × (38.0 ms) with it; today's 4.65 × (37.2 ms) with it. The divisor got smaller, not
 * the code slower. So the bar moved by as much.
 */
const LIST_POSTS_BARS = { size: { bar: { max: 330 } }, ratio: { bar: { max: 5 } } };
/** A text that only the SQS client has in it. */
const SQS_MARK = 'AmazonSQS';

/** What functions ask of their environment when they are imported; none of it is reached. */
const ENVIRONMENT = {
  DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none',
  SYNC_QUEUE_URL: 'http://127.0.0.1:9/none',
  TOKEN_KEY_FILE: '/none',
  LOG_LEVEL: 'error',
};

/**
 * Run in fresh processes: one says how long the import of a bundle takes, the other which files that loads. AWS's runtime
 * client has loaded `node:http` before it imports a function, so that no function pays for it.
 */
const TIME_IMPORT = `
  import 'node:http';
  const startedAt = performance.now();
  await import(process.argv[1]);
  console.log(performance.now() - startedAt);
  process.exit();`;
const LIST_IMPORT = `
  import { registerHooks } from 'node:module';
  const files = [];
  registerHooks({ load: (url, context, next) => { if (url.startsWith('file:')) files.push(url); return next(url, context); } });
  await import(process.argv[1]);
  console.log(JSON.stringify(files));
  process.exit();`;

const inFreshProcess = async (script: string, file: string): Promise<unknown> => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, file], {
    env: ENVIRONMENT,
  });
  return JSON.parse(stdout);
};

/** The floor: `pg` alone, whole, built in the same way. */
const bundlePg = (folder: string) =>
  build({
    ...BUNDLE_OPTIONS,
    plugins: [],
    stdin: { contents: "import { Client } from 'pg'; export const handler = () => new Client();", resolveDir: '.' },
    outdir: folder,
    entryNames: 'index',
  });

/** KB of the SQS client among the files that importing a bundle loads. */
const sqsKilobytes = async (file: string): Promise<number> => {
  const files = (await inFreshProcess(LIST_IMPORT, file)) as string[];
  const texts = await Promise.all(files.map((url) => readFile(new URL(url), 'utf8')));
  return texts.filter((text) => text.includes(SQS_MARK)).reduce((sum, text) => sum + text.length, 0) / 1_024;
};

/** Size and import time of bundles as they are deployed, against the import of `pg` alone, each in processes of its own. */
export const benchBundles = async (): Promise<Figure[]> => {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  try {
    const bundles = await bundleFunctions(ENTRIES, { folder: join(folder, 'bundles'), maps: join(folder, 'maps') });
    await bundlePg(join(folder, 'bundles', 'pg'));
    const fileOf = (name: string) => join(folder, 'bundles', name, 'index.mjs');
    const times: Record<'pg' | Entry, number[]> = {
      pg: [],
      'list-posts': [],
      'start-sync': [],
      'sync-posts.consumer': [],
    };
    for (let round = 0; round < PROCESSES; round += 1) {
      for (const [name, measured] of Object.entries(times)) {
        measured.push(Number(await inFreshProcess(TIME_IMPORT, fileOf(name))));
      }
    }
    const floor = median(times.pg);
    const figures: Figure[] = [{ name: 'import of pg alone', value: floor, unit: 'ms' }];
    for (const entry of ENTRIES) {
      const { bytes = Number.NaN } = bundles.get(entry) ?? {};
      const ms = median(times[entry]);
      const bars: Partial<typeof LIST_POSTS_BARS> = entry === 'list-posts' ? LIST_POSTS_BARS : {};
      figures.push(
        { name: `${entry}: size`, value: bytes / 1_024, unit: 'KB', ...bars.size },
        { name: '  import', value: ms, unit: 'ms' },
        { name: '  against pg alone', value: ms / floor, unit: 'ratio', ...bars.ratio },
        {
          name: '  SQS client loaded before it is used',
          value: await sqsKilobytes(fileOf(entry)),
          unit: 'KB',
          bar: { max: 0 },
        },
      );
    }
    return figures;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
