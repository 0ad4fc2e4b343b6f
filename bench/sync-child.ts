/**
 * One measured process: does what its arguments name, in order, and prints a JSON line for each `read` and `write` (the same
 * pages, fetched and written plainly) and each `sync` (through the worker's own handler); `forget` empties the tables in
 * between. A process of its own, so that its peak memory is its own, too.
 */

import { Client } from 'pg';
import { handler } from '../functions/sync-posts.consumer.ts';
import { onlyAccount } from '../lib/database/account-scope.ts';
import { createDatabase } from '../lib/database/create-database.ts';
import { createSyncRunRepository } from '../lib/sync/repository.ts';
import { type BenchTarget, parseTarget } from './environment.ts';
import { prepareWrites, walkPlainly, writePlainly } from './floor.ts';

const target: BenchTarget = parseTarget();
const database = await createDatabase({ DATABASE_URL: target.DATABASE_URL, DATABASE_POOL_SIZE: 1 });

/** Time spent waiting for the database: what it costs. */
let databaseMs = 0;
const METHODS = ['any', 'anyFirst', 'exists', 'maybeOne', 'one', 'oneFirst', 'query', 'transaction'] as const;
for (const name of METHODS) {
  const plain = database[name] as (...args: unknown[]) => Promise<unknown>;
  const timed = async (...args: unknown[]) => {
    const startedAt = performance.now();
    try {
      return await plain(...args);
    } finally {
      databaseMs += performance.now() - startedAt;
    }
  };
  Object.assign(database, { [name]: timed });
}

const sync = async () => {
  const runs = createSyncRunRepository(database);
  const account_id = target.BENCH_ACCOUNT_ID;
  const started = await runs.start({ account_id, mode: 'full', include: [], accept_missing: false });
  databaseMs = 0;
  const startedAt = performance.now();
  const body = JSON.stringify({ account_id, sync_run_id: started.id });
  const record = { messageId: 'bench', body, attributes: { ApproximateReceiveCount: '1' } };
  await handler({ Records: [record] } as never, { getRemainingTimeInMillis: () => 330_000 });
  const ms = performance.now() - startedAt;
  const run = await runs.find(onlyAccount(account_id), started.id);
  if (run?.status !== 'succeeded') throw new Error(`the sync ended as ${run?.status}`);
  return { ms, databaseMs, pages: run.pages, media: run.fetched };
};

const read = async () => {
  const startedAt = performance.now();
  const media = await walkPlainly(target.INSTAGRAM_GRAPH_URL, target.BENCH_USER_ID, target.BENCH_TOKEN);
  return { ms: performance.now() - startedAt, media };
};

let written = 0;
const write = async () => {
  written += 1;
  const { INSTAGRAM_GRAPH_URL: graphUrl, BENCH_USER_ID: userId, BENCH_TOKEN: token } = target;
  const pages = await prepareWrites({ graphUrl, userId, token, account_id: target.BENCH_ACCOUNT_ID, run_id: written });
  return { ms: await writePlainly(target.DATABASE_URL, pages), pages: pages.length };
};

const forget = async () => {
  const client = new Client({ connectionString: target.DATABASE_URL });
  await client.connect();
  await client.query('TRUNCATE posts CASCADE; TRUNCATE sync_runs CASCADE; CHECKPOINT');
  await client.end();
};

const STEPS = { read, write, sync, forget };
for (const step of process.argv.slice(2) as (keyof typeof STEPS)[]) {
  const figures = await STEPS[step]();
  if (figures) console.log(JSON.stringify({ step, ...figures, peakMb: process.resourceUsage().maxRSS / 1_024 }));
}
await database.end();
