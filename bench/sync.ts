import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { createConnectAccount } from '../lib/accounts/connect-account.ts';
import { createAccountRepository } from '../lib/accounts/repository.ts';
import { createFileTokenCipher } from '../lib/accounts/token-cipher.ts';
import { openDatabase } from '../lib/database/create-database.ts';
import { type Figure, median } from './report.ts';
import { type BenchSimulator, startBenchSimulator } from './simulator.ts';

const MEDIA = 10_000;
const ROUNDS = 3;
const run = promisify(execFile);

interface Step {
  step: 'floor' | 'sync';
  ms: number;
  databaseMs?: number;
  pages?: number;
  peakMb: number;
}

/** Connects the simulator's account and answers what a measured child needs to know. */
const connect = async (databaseUrl: string, simulator: BenchSimulator, keyFile: string) => {
  const pool = await openDatabase(databaseUrl, 1);
  const env = {
    INSTAGRAM_GRAPH_URL: simulator.graphUrl,
    FACEBOOK_GRAPH_URL: simulator.graphUrl,
    GRAPH_API_VERSION: 'v25.0',
  };
  const accounts = createAccountRepository(pool);
  const { account } = await createConnectAccount({ accounts, cipher: createFileTokenCipher(keyFile), env })({
    token: simulator.token,
    login: 'instagram',
  });
  await pool.end();
  return {
    ...env,
    DATABASE_URL: databaseUrl,
    TOKEN_KEY_FILE: keyFile,
    SYNC_QUEUE_URL: 'http://127.0.0.1:9/none',
    LOG_LEVEL: 'error',
    BENCH_ACCOUNT_ID: String(account.id),
    BENCH_USER_ID: simulator.userId,
    BENCH_TOKEN: simulator.token,
  };
};

const measure = async (variables: Record<string, string>, steps: readonly string[]): Promise<Step[]> => {
  const { stdout } = await run(process.execPath, ['bench/sync-child.ts', ...steps], {
    // biome-ignore lint/style/noProcessEnv: a child process inherits PATH and the like
    env: { ...process.env, ...variables },
    maxBuffer: 10_000_000,
  });
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Step);
};

const withClient = async <Result>(url: string, use: (client: Client) => Promise<Result>): Promise<Result> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
};

const forgetPosts = (url: string) =>
  withClient(url, (client) => client.query('TRUNCATE posts CASCADE; TRUNCATE sync_runs CASCADE; CHECKPOINT'));

const hotUpdates = (url: string) =>
  withClient(url, async (client) => {
    const { rows } = await client.query<{ updates: string; hot: string }>(
      "SELECT n_tup_upd AS updates, n_tup_hot_upd AS hot FROM pg_stat_user_tables WHERE relname = 'posts'",
    );
    return { updates: Number(rows[0]?.updates), hot: Number(rows[0]?.hot) };
  });

const msOf = (steps: readonly Step[], index: number) => steps[index]?.ms ?? Number.NaN;

/** Sync of 10,000 media, first and repeated, against the same pages fetched plainly; peak memory at 1,000 and 10,000. */
export const benchSync = async (databaseUrl: string): Promise<Figure[]> => {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const keyFile = join(folder, 'token.key');
  await writeFile(keyFile, randomBytes(32));
  const simulator = await startBenchSimulator(MEDIA);
  const figures: Figure[] = [];
  try {
    const variables = await connect(databaseUrl, simulator, keyFile);
    for (const latency of [0, 30]) {
      await simulator.setLatency(latency);
      const rounds: Step[][] = [];
      let hot = { updates: 0, hot: 0 };
      for (let round = 0; round < ROUNDS; round += 1) {
        await forgetPosts(databaseUrl);
        const before = await hotUpdates(databaseUrl);
        // A floor before and after: a machine that slows down meanwhile slows down both.
        rounds.push(await measure(variables, ['floor', 'sync', 'sync', 'floor']));
        const after = await hotUpdates(databaseUrl);
        hot = { updates: hot.updates + after.updates - before.updates, hot: hot.hot + after.hot - before.hot };
      }
      const floors = rounds.map((steps) => (msOf(steps, 0) + msOf(steps, 3)) / 2);
      for (const [name, index] of [
        ['first', 1],
        ['repeated', 2],
      ] as const) {
        const ratios = rounds.map((steps, round) => msOf(steps, index) / (floors[round] ?? Number.NaN));
        const seconds = median(rounds.map((steps) => msOf(steps, index))) / 1_000;
        const perPage = median(
          rounds.map((steps) => (steps[index]?.databaseMs ?? Number.NaN) / (steps[index]?.pages ?? 1)),
        );
        const bars =
          latency === 0 ? { whole: { bar: { max: 0.6 } }, ratio: {} } : { whole: {}, ratio: { bar: { max: 1.1 } } };
        figures.push(
          { name: `${name} sync of 10,000 media at ${latency} ms`, value: seconds, unit: 's', ...bars.whole },
          { name: `  against the floor`, value: median(ratios), unit: 'ratio', ...bars.ratio },
          {
            name: `  database time a page of 100`,
            value: perPage,
            unit: 'ms',
            ...(latency === 0 && { bar: { max: index === 1 ? 10 : 7 } }),
          },
        );
      }
      figures.push(
        { name: `floor at ${latency} ms`, value: median(floors) / 1_000, unit: 's' },
        {
          name: 'heap-only updates of a repeated sync',
          value: (100 * hot.hot) / hot.updates,
          unit: '%',
          bar: { min: 95 },
        },
      );
    }
    await simulator.setLatency(0);
    await forgetPosts(databaseUrl);
    const [large] = await measure(variables, ['sync']);
    await simulator.stop();
    const small = await startBenchSimulator(1_000);
    try {
      await forgetPosts(databaseUrl);
      const [little] = await measure({ ...variables, INSTAGRAM_GRAPH_URL: small.graphUrl }, ['sync']);
      const ratio = (large?.peakMb ?? Number.NaN) / (little?.peakMb ?? Number.NaN);
      figures.push(
        { name: 'peak memory of the worker at 1,000 media', value: little?.peakMb ?? Number.NaN, unit: 'MB' },
        { name: 'peak memory of the worker at 10,000 media', value: large?.peakMb ?? Number.NaN, unit: 'MB' },
        { name: '  ratio', value: ratio, unit: 'ratio', bar: { max: 1.15 } },
      );
    } finally {
      await small.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return figures;
};
