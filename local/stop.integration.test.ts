/** SIGTERM in the middle of a sync: whoever waits is answered, the lease is given back, and the next start goes on at once. */
import { expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { z } from 'zod';
import { createServiceProcesses } from './testing/start-service.ts';

// A lease that no test outlives: whoever goes on did not wait for its end.
const { pool, simulator, start } = await createServiceProcesses({ media: 350 }, { LEASE_SECONDS: '3600' });

const runSchema = z.strictObject({ lease_until: z.string().nullable(), include: z.array(z.string()) });
const readRun = () => pool.one(sql.type(runSchema)`SELECT lease_until, include FROM sync_runs`);

const join = (address: string) =>
  fetch(`${address}/api/v1/sync`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"include": ["comments"]}',
  });

test.each([
  ['by the request that waits', {}],
  ['by a worker, while a request waits', { Prefer: 'respond-async' }],
])(
  'a sync that is worked at %s',
  async (_whom, headers: Record<string, string>) => {
    await pool.query(sql.unsafe`TRUNCATE sync_runs, posts CASCADE`);
    const first = await start();
    const path = `/${simulator.world.account().id}/media`;
    simulator.scenarios.add({ kind: 'hang', on: { path } });
    const arrived = simulator.calls.next({ path });
    const begun = fetch(`${first.address}/api/v1/sync`, { method: 'POST', headers });
    await arrived;
    const waiting = headers.Prefer === undefined ? begun : join(first.address);
    // It has arrived when what it asks for is in the run.
    while (headers.Prefer !== undefined && (await readRun()).include.length === 0) await new Promise(setImmediate);

    const ended = first.end('SIGTERM');
    expect((await waiting).status).toBe(202);
    expect(await ended).toBe(0);
    expect(await readRun()).toMatchObject({ lease_until: null });

    simulator.scenarios.clear();
    const next = await start();
    const joined = await fetch(`${next.address}/api/v1/sync`, { method: 'POST' });
    expect(await joined.json()).toMatchObject({ status: 'succeeded', created: 350 });
    await next.kill();
  },
  120_000,
);
