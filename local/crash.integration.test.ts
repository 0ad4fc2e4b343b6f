/** `kill -9` of the whole service in the middle of a sync: the next start goes on by itself, from the last page. */
import { expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { z } from 'zod';
import { createServiceProcesses } from './testing/start-service.ts';

const MEDIA = 3_000;
const PAGES = MEDIA / 100;
const KILLED_AFTER_PAGES = [1, 3, 6, 10, 17];

const { pool, simulator, start } = await createServiceProcesses(
  { media: MEDIA, latencyMs: 60 },
  { LEASE_SECONDS: '0.5' },
);

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
    SELECT status, created, updated, unchanged, pages, coalesce(next_wake_at <= service_now(), false) AS due FROM sync_runs
  `);
/** Reads the run until the condition is true. */
const until = async (wished: (run: z.output<typeof runSchema>) => boolean) => {
  for (;;) {
    const run = await readRun();
    if (wished(run)) return run;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

test('a sync that is killed five times ends complete, with every row counted once and few calls more', async () => {
  let service = await start();
  const answer = await fetch(`${service.address}/api/v1/sync`, {
    method: 'POST',
    headers: { prefer: 'respond-async' },
  });
  expect(answer.status).toBe(202);
  for (const pages of KILLED_AFTER_PAGES) {
    await until((run) => run.pages >= pages);
    await service.kill();
    await until((run) => run.due); // until its lease runs out, because a killed process does not give it back
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
