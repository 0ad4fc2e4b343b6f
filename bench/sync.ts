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
/** What Node allows itself in a function of 1,024 MB: by it, it decides how often to collect garbage. */
const HEAP = '--max-old-space-size=512';

/** What the measured process prints of one step. */
interface Step {
  step: 'floor' | 'sync';
  ms: number;
  databaseMs?: number;
  pages?: number;
  peakMb: number;
}
/** An account's first sync, one more of the same, and the same pages plainly. */
interface Round {
  first: Step;
  repeated: Step;
  floor: Step;
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
const measureRounds = async (file: string, variables: Variables): Promise<Round[]> => {
  const round = ['forget', 'sync', 'sync', 'floor'];
  const steps = await measure(file, variables, [
    'floor',
    'sync',
    ...Array.from({ length: ROUNDS }, () => round).flat(),
  ]);
  return Array.from({ length: ROUNDS }, (_, n) => {
    const [first, repeated, floor] = steps.slice(2 + 3 * n);
    if (!first || !repeated || !floor) throw new Error('the measured process ended early');
    return { first, repeated, floor };
  });
};

const perPage = ({ databaseMs = Number.NaN, pages = Number.NaN }: Step) => databaseMs / pages;

const figuresOf = (rounds: readonly Round[], latencyMs: number): Figure[] => {
  const best = (which: keyof Round, value: (step: Step) => number = ({ ms }) => ms) =>
    fastest(rounds.map((round) => value(round[which])));
  const atOnce = latencyMs === 0;
  const figures = (which: 'first' | 'repeated', databaseMs: number): Figure[] => [
    {
      name: `${which} sync of 10,000 media at ${latencyMs} ms`,
      value: best(which) / 1_000,
      unit: 's',
      ...(atOnce && { bar: { max: 0.6 }, needsQuiet: true }),
    },
    {
      name: '  against the floor',
      value: best(which) / best('floor'),
      unit: 'ratio',
      ...(!atOnce && { bar: { max: 1.1 }, needsQuiet: true }),
    },
    {
      name: '  database time a page of 100',
      value: best(which, perPage),
      unit: 'ms',
      ...(atOnce && { bar: { max: databaseMs }, needsQuiet: true }),
    },
  ];
  return [
    { name: `floor: the same pages at ${latencyMs} ms, plainly`, value: best('floor') / 1_000, unit: 's' },
    ...figures('first', 10),
    ...figures('repeated', 7),
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

/** Sync of 10,000 media, first and repeated, against the same pages fetched plainly; peak memory at 1,000 and 10,000. */
export const benchSync = async (databaseUrl: string): Promise<Figure[]> => {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const [simulator, small] = await Promise.all([startBenchSimulator(MEDIA), startBenchSimulator(FEW_MEDIA)]);
  try {
    const file = await bundleChild(join(folder, 'child'));
    const variables = await connectAccount(databaseUrl, simulator, folder);
    const few = await peakMemory(file, { ...variables, INSTAGRAM_GRAPH_URL: small.graphUrl });
    const many = await peakMemory(file, variables);

    const before = await countUpdates(databaseUrl);
    const atOnce = await measureRounds(file, variables);
    const after = await countUpdates(databaseUrl);
    await simulator.setLatency(30);
    const later = await measureRounds(file, variables);
    return [
      ...figuresOf(atOnce, 0),
      {
        name: 'heap-only updates of a repeated sync',
        value: (100 * (after.hot - before.hot)) / (after.updates - before.updates),
        unit: '%',
        bar: { min: 95 },
      },
      ...figuresOf(later, 30),
      { name: 'peak memory of the worker at 1,000 media', value: few, unit: 'MB' },
      { name: 'peak memory of the worker at 10,000 media', value: many, unit: 'MB' },
      { name: '  against 1,000', value: many / few, unit: 'ratio', bar: { max: 1.15 } },
    ];
  } finally {
    await Promise.all([simulator.stop(), small.stop()]);
    await rm(folder, { recursive: true, force: true });
  }
};
