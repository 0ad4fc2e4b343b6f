/** `kill -9` of the whole service in the middle of a sync: the next start goes on by itself, from the last page. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { z } from 'zod';
import { createTestDatabase } from '../lib/testing/postgres.ts';
import { createSimulator } from './simulator/create-simulator.ts';

const MEDIA = 3_000;
const PAGES = MEDIA / 100;
const KILLED_AFTER_PAGES = [1, 3, 6, 10, 17];

const { pool, url: databaseUrl } = await createTestDatabase();
const simulator = await createSimulator({ media: MEDIA, latencyMs: 60 });
const dataDir = await mkdtemp(join(tmpdir(), 'crash-'));
const children = new Set<ChildProcess>();
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await simulator.close();
  await rm(dataDir, { recursive: true, force: true });
});

/** Starts the service as `npm start` does; resolves with its address once it serves. */
const start = async () => {
  const child = spawn(process.execPath, ['local/start.ts'], {
    env: {
      // biome-ignore lint/style/noProcessEnv: the service is a process of its own, told by its environment
      PATH: process.env.PATH,
      DATABASE_URL: databaseUrl,
      DATA_DIR: dataDir,
      PORT: '0',
      INSTAGRAM_GRAPH_URL: simulator.graphUrls.instagram,
      INSTAGRAM_ACCESS_TOKEN: simulator.tokens.instagram,
      LEASE_SECONDS: '0.5',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  let printed = '';
  const address = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      printed += chunk;
      const [, found] = /Serving (http:\S+)/.exec(printed) ?? [];
      if (found !== undefined) resolve(found);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', (code) => reject(new Error(`the service ended with ${code}: ${printed}`)));
  });
  return {
    address,
    kill: async () => {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
      children.delete(child);
    },
  };
};

const runSchema = z.strictObject({
  status: z.string(),
  created: z.int(),
  updated: z.int(),
  unchanged: z.int(),
  pages: z.int(),
  due: z.boolean(),
});
const readRun = () =>
  pool.one(sql.type(runSchema)`
    SELECT status, created, updated, unchanged, pages, coalesce(next_wake_at <= clock_timestamp(), false) AS due FROM sync_runs
  `);
/** Looks at the run until it is as wished. */
const until = async (wished: (run: z.output<typeof runSchema>) => boolean) => {
  for (;;) {
    const run = await readRun();
    if (wished(run)) return run;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

test('a sync that is killed five times ends complete, every row counted once, at few calls more', async () => {
  let service = await start();
  const answer = await fetch(`${service.address}/api/v1/sync`, {
    method: 'POST',
    headers: { prefer: 'respond-async' },
  });
  expect(answer.status).toBe(202);
  for (const pages of KILLED_AFTER_PAGES) {
    await until((run) => run.pages >= pages);
    await service.kill();
    await until((run) => run.due); // its lease runs out: nobody is there to give it back
    service = await start();
  }
  const run = await until(({ status }) => status !== 'running' && status !== 'queued');
  await service.kill();

  expect(run).toMatchObject({ status: 'succeeded', created: MEDIA, updated: 0, unchanged: 0, pages: PAGES });
  const rows = await pool.oneFirst(sql.type(z.strictObject({ count: z.int() }))`SELECT count(*) FROM posts`);
  expect(rows).toBe(MEDIA);
  const calls = simulator.calls.count({ edge: 'user.media' });
  expect(calls).toBeLessThanOrEqual(PAGES + 4 * KILLED_AFTER_PAGES.length);
}, 120_000);
