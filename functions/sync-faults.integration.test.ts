/** What a sync makes of everything Instagram, the network and the database can do to it. */
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type CommonQueryMethods, sql } from 'slonik';
import { z } from 'zod';
import { invoke } from '../lib/testing/invoke.ts';
import { captureLogs } from '../lib/testing/logs.ts';
import { startService } from '../lib/testing/service.ts';
import { startTcpProxy } from '../lib/testing/tcp-proxy.ts';
import type { ScenarioInput } from '../local/simulator/scenarios/scenarios.ts';

const MEDIA = 1_000;
const service = await startService({ simulator: { media: MEDIA } });
const { pool, simulator, account, takeMessages, deliver, letTimePass } = service;
const server = new URL(service.databaseUrl);
const proxy = await startTcpProxy({ host: server.hostname, port: Number(server.port) });
// biome-ignore lint/style/noProcessEnv: handlers read the environment when they are imported, as they do on Lambda
process.env.DATABASE_URL = proxy.through(service.databaseUrl);
const { handler: startSync } = await import('./start-sync.ts');
const { handler: getSync } = await import('./get-sync.ts');
const { handler: syncWorker } = await import('./sync-posts.consumer.ts');
afterAll(() => proxy.close());

const countPosts = (connection: CommonQueryMethods = pool) =>
  connection.oneFirst(sql.type(z.strictObject({ count: z.int() }))`SELECT count(*) FROM posts`);
const countGone = () =>
  pool.oneFirst(sql.type(z.strictObject({ count: z.int() }))`SELECT count(*) FROM posts WHERE gone_at IS NOT NULL`);
const pageCalls = () => simulator.calls.count({ edge: 'user.media' });
const onPages = { edge: 'user.media' } as const;

/** Lets every pause of the run pass at once and delivers its wake-up, until it ends; a wake-up is all it needs. */
const settle = async (id: number) => {
  for (let turns = 0; turns < 20; turns += 1) {
    const { body } = await invoke(getSync, `/sync/${id}`);
    if (body.finished_at !== null) return body;
    takeMessages('sync');
    await letTimePass();
    await deliver(syncWorker, [{ account_id: account.id, sync_run_id: id }]);
  }
  throw new Error('the run does not end');
};

beforeEach(async () => {
  await pool.query(sql.unsafe`TRUNCATE posts, sync_runs, usage CASCADE`);
  await pool.query(sql.unsafe`UPDATE accounts SET token_state = 'alive'`);
  simulator.reset();
});

describe('a fault that passes by itself', () => {
  const faults: [string, ScenarioInput][] = [
    ['an error that Meta calls transient', { kind: 'transient', on: onPages, after: 3, times: 5 }],
    ['an outage of the service (503)', { kind: 'unavailable', on: onPages, after: 3, times: 5 }],
    ['HTML in place of JSON', { kind: 'html', on: onPages, after: 3, times: 5 }],
    ['connections that are reset', { kind: 'reset', on: onPages, after: 3, times: 5 }],
    ['an answer that is cut off', { kind: 'truncated', on: onPages, after: 3, times: 5 }],
  ];
  test.each(faults)(
    'a run continues after a fault that passes: %s',
    async (_, scenario) => {
      simulator.scenarios.add(scenario);
      const { body } = await invoke(startSync, '/sync', { headers: { prefer: 'wait=2' } });
      const run = await settle(body.id);
      expect(run).toMatchObject({ status: 'succeeded', created: MEDIA, fetched: MEDIA, warnings: [], error: null });
      expect(await countPosts()).toBe(MEDIA);
    },
    30_000,
  );

  test('a call that never ends is given up, and the caller does not wait longer for it', async () => {
    simulator.scenarios.add({ kind: 'hang', on: onPages, after: 2, times: 1 });
    const { status, body } = await invoke(startSync, '/sync', { headers: { prefer: 'wait=1' } });
    expect({ status, run: body.status }).toEqual({ status: 202, run: 'running' });
    expect(await settle(body.id)).toMatchObject({ status: 'succeeded', created: MEDIA });
  });

  test('a fault that does not pass ends the run after five turns without progress, and what is stored stays', async () => {
    simulator.scenarios.add({ kind: 'transient', on: onPages, after: 2 });
    const { body } = await invoke(startSync, '/sync', { headers: { prefer: 'wait=1' } });
    const run = await settle(body.id);
    expect(run).toMatchObject({ status: 'failed', pages: 2, error: { code: 'instagram_error', status: 502 } });
    expect(await countPosts()).toBe(200);
  }, 60_000);
});

describe('a refusal ends the run, says why, and keeps what is stored', () => {
  const refusals: [string, ScenarioInput, number, string][] = [
    ['a dead token', { kind: 'expired_token', on: onPages, after: 2 }, 502, 'instagram_token_invalid'],
    [
      'a missing permission',
      { kind: 'missing_permission', on: onPages, after: 2 },
      502,
      'instagram_permission_missing',
    ],
    [
      'rows none of which can be read',
      { kind: 'malformed_item', how: 'missing_timestamp', index: null, on: onPages, after: 2 },
      502,
      'instagram_error',
    ],
    [
      'rows with nothing but an id',
      { kind: 'malformed_item', how: 'only_id', index: null, on: onPages, after: 2 },
      502,
      'instagram_permission_missing',
    ],
    ['an answer of another shape', { kind: 'wrong_shape', on: onPages, after: 2 }, 502, 'instagram_error'],
    ['a listing whose cursor repeats', { kind: 'repeated_cursor', on: onPages, after: 2 }, 502, 'instagram_error'],
    [
      'a listing whose cursors go in a circle',
      { kind: 'endless_list', cursors: 2, on: onPages, after: 2 },
      502,
      'instagram_error',
    ],
    ['the same rows behind new cursors', { kind: 'endless_list', on: onPages, after: 2 }, 502, 'instagram_error'],
  ];
  test.each(refusals)(
    'a refusal ends the run with its reason, and what is stored stays: %s',
    async (_, scenario, status, code) => {
      simulator.scenarios.add(scenario);
      const answer = await invoke(startSync, '/sync');
      expect(answer).toMatchObject({ status, body: { code, status, sync_id: expect.any(Number) } });
      const { sync_id } = answer.body as unknown as { sync_id: number };
      expect((await invoke(getSync, `/sync/${sync_id}`)).body).toMatchObject({
        status: 'failed',
        error: { code },
        gone: 0,
      });
      expect(await countPosts()).toBeGreaterThanOrEqual(200);
      expect(pageCalls()).toBeLessThanOrEqual(20);
      expect(await countGone()).toBe(0);
    },
  );

  test('the log has the reason of a failed run, in our words and with the numbers that Meta asks for', async () => {
    const logs = captureLogs();
    simulator.scenarios.add({ kind: 'throttle', code: 80002, on: onPages, times: 1 });
    const { body } = await invoke(startSync, '/sync');
    simulator.scenarios.add({ kind: 'expired_token', subcode: 463, on: onPages });
    await pool.query(sql.unsafe`TRUNCATE usage`);
    await settle(body.id);
    const said = { detail: expect.any(String), fbtrace_id: expect.any(String) };
    expect(logs().filter(({ level }) => level === 'WARN')).toMatchObject([
      { event: 'sync_waiting', reason: 'throttled', code: 'instagram_rate_limited', instagram_code: 80002, ...said },
      { event: 'sync_failed', code: 'instagram_token_invalid', instagram_code: 190, error_subcode: 463, ...said },
    ]);
  });

  test('a dead token is tried again when a person asks, and revived by a success', async () => {
    const state = () =>
      pool.oneFirst(sql.type(z.strictObject({ token_state: z.string() }))`SELECT token_state FROM accounts`);
    simulator.scenarios.add({ kind: 'expired_token', times: 4 });
    expect((await invoke(startSync, '/sync')).status).toBe(502);
    expect(await state()).toBe('dead');
    simulator.scenarios.clear();
    expect((await invoke(startSync, '/sync')).status).toBe(200);
    expect(await state()).toBe('alive');
  });
});

describe('Instagram wants to be asked for less', () => {
  test('a page that is too large is halved, and a larger one is tried only now and then', async () => {
    simulator.scenarios.add({ kind: 'reduce_data', limit: 30 });
    const { body } = await invoke(startSync, '/sync');
    expect(body).toMatchObject({ status: 'succeeded', created: MEDIA, pages: 40 });
    expect(simulator.calls.count({ ...onPages, code: 1 })).toBeLessThanOrEqual(7); // not once more for every page
  });

  test('a refused field is left out, and its stored values stay', async () => {
    await invoke(startSync, '/sync');
    const likes = () =>
      pool.oneFirst(
        sql.type(z.strictObject({ count: z.int() }))`SELECT count(*) FROM posts WHERE like_count IS NOT NULL`,
      );
    const before = await likes();
    simulator.scenarios.add({ kind: 'refuse_field', field: 'like_count' });
    const { body } = await invoke(startSync, '/sync');
    expect(body).toMatchObject({ status: 'succeeded', unchanged: MEDIA });
    expect(await likes()).toBe(before);
  });
});

describe('unreadable parts of an answer', () => {
  const odd: [string, ScenarioInput][] = [
    ['`paging` as an empty list', { kind: 'odd_paging', on: onPages }],
    ['`paging` as null', { kind: 'odd_paging', paging: null, on: onPages }],
    ['`children` as an empty list', { kind: 'odd_rows', set: { children: [] }, on: onPages }],
    ['`children` as an empty object', { kind: 'odd_rows', set: { children: {} }, all: true, on: onPages }],
    ['counts as texts', { kind: 'odd_rows', set: { like_count: '3', comments_count: '' }, all: true, on: onPages }],
    ['texts of another kind', { kind: 'odd_rows', set: { caption: {}, alt_text: [], username: 1 }, on: onPages }],
  ];
  test.each(odd)('an unreadable part loses nothing else: %s', async (_, scenario) => {
    simulator.scenarios.add(scenario);
    const { body } = await invoke(startSync, '/sync');
    expect(body).toMatchObject({ status: 'succeeded', created: MEDIA, warnings: [] });
  });

  const unreadable = ['missing_id', 'missing_timestamp', 'bad_timestamp', 'only_id', 'null', 'text'] as const;
  test.each(unreadable)(
    'a post whose row is unreadable (%s) stays as it is stored, and is not missing',
    async (how) => {
      await invoke(startSync, '/sync');
      const trouble = simulator.scenarios.add({ kind: 'malformed_item', how, index: 3, on: onPages });
      simulator.calls.clear();
      const { body } = await invoke(startSync, '/sync');
      const pages = MEDIA / 100;
      expect(body).toMatchObject({
        status: 'succeeded',
        warnings: ['rows_unreadable'],
        gone: 0,
        created: 0,
        unchanged: MEDIA - pages,
      });
      // by its id it is seen; without one it is asked for, and there
      const hasId = how.endsWith('timestamp') || how === 'only_id';
      expect(simulator.calls.count({ edge: 'media' }) === 0).toBe(hasId);
      expect(await countPosts()).toBe(MEDIA);
      trouble.remove();
      expect((await invoke(startSync, '/sync')).body).toMatchObject({ status: 'succeeded', warnings: [] });
    },
  );

  test('a post that was marked gone is back when its row is listed, even unreadable', async () => {
    await invoke(startSync, '/sync');
    const [newest] = simulator.world.listed(account.instagram_id);
    await pool.query(sql.unsafe`UPDATE posts SET gone_at = service_now() WHERE instagram_id = ${newest?.id ?? ''}`);
    simulator.scenarios.add({ kind: 'malformed_item', how: 'missing_timestamp', on: onPages });
    await invoke(startSync, '/sync');
    expect(await countGone()).toBe(0);
  });

  test('an incremental run ends at a page that is stored already except for an unreadable row', async () => {
    await invoke(startSync, '/sync');
    simulator.scenarios.add({ kind: 'malformed_item', how: 'missing_timestamp', on: onPages });
    simulator.calls.clear();
    const { body } = await invoke(startSync, '/sync', { body: { mode: 'incremental' } });
    expect(body).toMatchObject({ status: 'succeeded', warnings: ['rows_unreadable'] });
    expect(pageCalls()).toBe(1);
  });
});

describe('a cursor that is no longer valid', () => {
  test('after an invalid cursor the walk continues by the time of the last item', async () => {
    simulator.scenarios.add({ kind: 'invalid_cursor', on: onPages, after: 3, times: 1 });
    const { body } = await invoke(startSync, '/sync');
    expect(body).toMatchObject({ status: 'succeeded', created: MEDIA });
    expect(await countPosts()).toBe(MEDIA);
    expect(pageCalls()).toBeLessThanOrEqual(MEDIA / 100 + 4);
  });

  test('a walk continues by time even if no cursor ever works', async () => {
    simulator.scenarios.add({ kind: 'invalid_cursor' });
    const { body } = await invoke(startSync, '/sync');
    expect(body).toMatchObject({ status: 'succeeded', created: MEDIA });
  });
});

describe('the database goes away in the middle of a run', () => {
  test('when the database is away for a while, the waiting request continues after that', async () => {
    const logs = captureLogs();
    simulator.setLatency(30);
    const waiting = invoke(startSync, '/sync');
    for (let page = 0; page < 4; page += 1) await simulator.calls.next({ edge: 'user.media' });
    proxy.cut();
    setTimeout(proxy.restore, 1_000).unref();
    const { status, body } = await waiting;
    expect({ status, run: body.status, created: body.created }).toEqual({
      status: 200,
      run: 'succeeded',
      created: MEDIA,
    });
    expect(await countPosts()).toBe(MEDIA);
    expect(logs().find(({ event }) => event === 'sync_database_away')).toMatchObject({
      error: { code: 'database_unavailable', stack: expect.stringContaining('caused by') },
    });
  });

  test('when the database goes away at any statement, nothing is lost or counted twice', async () => {
    for (let exchange = 1; exchange <= 30; exchange += 3) {
      for (const when of ['request', 'answer'] as const) {
        await pool.query(sql.unsafe`TRUNCATE posts, sync_runs, usage CASCADE`);
        proxy.cutAt(exchange, when);
        const started = await invoke(startSync, '/sync', { headers: { prefer: 'wait=10' } });
        proxy.restore();
        const { body } = started.status === 503 ? await invoke(startSync, '/sync') : started;
        expect({ exchange, when, ...(await settle(body.id)) }).toMatchObject({
          status: 'succeeded',
          created: MEDIA,
          fetched: MEDIA,
        });
        expect(await countPosts()).toBe(MEDIA);
      }
    }
  }, 120_000);
});

describe('a page is written whole or not at all', () => {
  const isBlocked = sql.type(z.strictObject({ blocked: z.boolean() }))`
    SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()) AS blocked
  `;

  test.each([
    ['somebody else took the lease', sql.fragment`lease_epoch = lease_epoch + 1`, 'running'],
    ['the run was asked to stop', sql.fragment`cancel_requested_at = service_now()`, 'cancelled'],
  ])('a page is not written when %s just before', async (_, change, status) => {
    simulator.setLatency(50);
    const started = invoke(startSync, '/sync', { headers: { prefer: 'wait=2' } });
    await simulator.calls.next({ edge: 'user.media' });
    await simulator.calls.next({ edge: 'user.media' });
    const before = await pool.transaction(async (connection) => {
      await connection.query(sql.unsafe`SELECT FROM sync_runs FOR UPDATE`);
      while (!(await connection.oneFirst(isBlocked))) await setImmediate();
      await connection.query(sql.unsafe`UPDATE sync_runs SET ${change}`);
      return await countPosts(connection);
    });
    const { body } = await started;
    expect(body).toMatchObject({ status, created: before, fetched: before });
    expect(await countPosts()).toBe(before);
  });
});

test('captions that Postgres cannot store lose those characters only; unknown media types are kept', async () => {
  simulator.world.addMedia([{ caption: 'a\u0000b\ud800c', media_type: 'HOLOGRAM' }, { caption: '😀'.repeat(1_100) }]);
  await invoke(startSync, '/sync', { body: { mode: 'incremental' } });
  const captions = await pool.any(sql.type(z.strictObject({ caption: z.string(), media_type: z.string() }))`
    SELECT caption, media_type FROM posts ORDER BY posted_at DESC, id DESC LIMIT 2
  `);
  expect(captions.map(({ caption }) => caption).sort()).toEqual(['abc', '😀'.repeat(1_100)].sort());
  expect(captions.map(({ media_type }) => media_type)).toContain('HOLOGRAM');
});
