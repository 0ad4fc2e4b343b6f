import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { Client } from 'pg';
import { BUNDLE_OPTIONS, NODE_OPTIONS } from '../infra/bundling.ts';
import { connectAccount } from './account.ts';
import { type Figure, fastest, median } from './report.ts';
import { startBenchSimulator } from './simulator.ts';

const MEDIA = 10_000;
const FEW_MEDIA = 1_000;
const ROUNDS = 3;
/** Without latency a round is short, and what else the machine does tells: more of them find a quiet moment. */
const ROUNDS_AT_ONCE = 8;
/** What Node allows itself in a function of 1,024 MB: by it, it decides how often to collect garbage. */
const HEAP = '--max-old-space-size=512';

/** What the measured process prints of one step. */
interface Step {
  step: 'read' | 'write' | 'sync';
  ms: number;
  databaseMs?: number;
  pages?: number;
  peakMb: number;
}
/** The same pages plainly, written for the first time, written again, and read; then an account's first sync, and one more. */
interface Round {
  firstWrite: Step;
  repeatedWrite: Step;
  read: Step;
  first: Step;
  repeated: Step;
}

type Variables = Readonly<Record<string, string>>;

/** The measured process as the worker is deployed: one bundle, the same options of Node's. */
const bundleChild = async (folder: string): Promise<string> => {
  await build({ ...BUNDLE_OPTIONS, entryPoints: { index: 'bench/sync-child.ts' }, outdir: folder });
  return join(folder, 'index.mjs');
};

/** Does these steps, in order, in a fresh process. */
const measure = async (file: string, variables: Variables, steps: readonly string[]): Promise<Step[]> => {
  const { stdout } = await promisify(execFile)(process.execPath, [file, ...steps], {
    env: { ...variables, NODE_OPTIONS: `${NODE_OPTIONS} ${HEAP}` },
  });
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Step);
};

/** Updates of posts so far, and how many of them were heap-only. */
const countUpdates = async (url: string): Promise<{ updates: number; hot: number }> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ updates: string; hot: string }>(
    "SELECT n_tup_upd AS updates, n_tup_hot_upd AS hot FROM pg_stat_user_tables WHERE relname = 'posts'",
  );
  await client.end();
  return { updates: Number(rows[0]?.updates), hot: Number(rows[0]?.hot) };
};

/** In one process, after a walk and a sync that are not counted: what is compared is the work, not its first compilation. */
const measureRounds = async (file: string, variables: Variables, count: number): Promise<Round[]> => {
  const round = ['forget', 'write', 'write', 'read', 'forget', 'sync', 'sync'];
  const steps = await measure(file, variables, ['read', 'sync', ...Array.from({ length: count }, () => round).flat()]);
  return Array.from({ length: count }, (_, n) => {
    const [firstWrite, repeatedWrite, read, first, repeated] = steps.slice(2 + 5 * n);
    if (!firstWrite || !repeatedWrite || !read || !first || !repeated)
      throw new Error('the measured process ended early');
    return { firstWrite, repeatedWrite, read, first, repeated };
  });
};

const perPage = ({ databaseMs = Number.NaN, pages = Number.NaN }: Step) => databaseMs / pages;

const bestOf = (rounds: readonly Round[], which: keyof Round, value: (step: Step) => number = ({ ms }) => ms) =>
  fastest(rounds.map((round) => value(round[which])));

/** Without latency, writing is what takes the time: a sync is held against its own writes, too. */
const figuresAtOnce = (rounds: readonly Round[]): Figure[] => {
  const best = bestOf.bind(null, rounds);
  const figures = (which: 'first' | 'repeated'): Figure[] => [
    {
      name: `floor: the same pages written plainly, ${which === 'first' ? 'for the first time' : 'again'}`,
      value: best(`${which}Write`) / 1_000,
      unit: 's',
    },
    { name: `${which} sync of 10,000 media at 0 ms`, value: best(which) / 1_000, unit: 's' },
    { name: '  against reading alone', value: best(which) / best('read'), unit: 'ratio' },
    {
      name: '  against writing alone',
      value: best(which) / best(`${which}Write`),
      unit: 'ratio',
      bar: { max: 1.75 },
      needsQuiet: true,
    },
    {
      name: `  database time a page of 100 (aim: ${which === 'first' ? 10 : 7} ms)`,
      value: best(which, perPage),
      unit: 'ms',
    },
  ];
  return [
    { name: 'floor: the same pages read plainly at 0 ms', value: best('read') / 1_000, unit: 's' },
    ...figures('first'),
    ...figures('repeated'),
  ];
};

const figuresAtLatency = (rounds: readonly Round[], latencyMs: number): Figure[] => {
  const best = bestOf.bind(null, rounds);
  return [
    { name: `floor: the same pages read plainly at ${latencyMs} ms`, value: best('read') / 1_000, unit: 's' },
    ...(['first', 'repeated'] as const).flatMap((which): Figure[] => [
      { name: `${which} sync of 10,000 media at ${latencyMs} ms`, value: best(which) / 1_000, unit: 's' },
      {
        name: '  against reading alone',
        value: best(which) / best('read'),
        unit: 'ratio',
        bar: { max: 1.1 },
        needsQuiet: true,
      },
    ]),
  ];
};

/** Peak memory of a worker that does nothing but one account's first sync. */
const peakMemory = async (file: string, variables: Variables): Promise<number> => {
  const peaks: number[] = [];
  while (peaks.length < ROUNDS) {
    const [step] = await measure(file, variables, ['forget', 'sync']);
    peaks.push(step?.peakMb ?? Number.NaN);
  }
  return median(peaks);
};

/** Sync of 10,000 media, first and repeated, against the same pages read and written plainly; peak memory at 1,000 and 10,000. */
export const benchSync = async (databaseUrl: string): Promise<Figure[]> => {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const [simulator, small] = await Promise.all([startBenchSimulator(MEDIA), startBenchSimulator(FEW_MEDIA)]);
  try {
    const file = await bundleChild(join(folder, 'child'));
    const variables = await connectAccount(databaseUrl, simulator, folder);
    const few = await peakMemory(file, { ...variables, INSTAGRAM_GRAPH_URL: small.graphUrl });
    const many = await peakMemory(file, variables);

    const before = await countUpdates(databaseUrl);
    const atOnce = await measureRounds(file, variables, ROUNDS_AT_ONCE);
    const after = await countUpdates(databaseUrl);
    await simulator.setLatency(30);
    const later = await measureRounds(file, variables, ROUNDS);
    return [
      ...figuresAtOnce(atOnce),
      {
        name: 'heap-only updates of a repeated sync',
        value: (100 * (after.hot - before.hot)) / (after.updates - before.updates),
        unit: '%',
        bar: { min: 95 },
      },
      ...figuresAtLatency(later, 30),
      { name: 'peak memory of the worker at 1,000 media', value: few, unit: 'MB' },
      { name: 'peak memory of the worker at 10,000 media', value: many, unit: 'MB' },
      { name: '  against 1,000', value: many / few, unit: 'ratio', bar: { max: 1.15 } },
    ];
  } finally {
    await Promise.all([simulator.stop(), small.stop()]);
    await rm(folder, { recursive: true, force: true });
  }
};
