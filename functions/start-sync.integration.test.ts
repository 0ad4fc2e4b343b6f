import { beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { z } from 'zod';
import { skewClock } from '../lib/testing/clock.ts';
import { invoke } from '../lib/testing/invoke.ts';
import { startService } from '../lib/testing/service.ts';
import type { ScenarioInput } from '../local/simulator/scenarios/scenarios.ts';

const service = await startService({ environment: { LEASE_SECONDS: '60' } });
const { pool, simulator, account, takeMessages, deliver, letPass } = service;
const { handler: startSync } = await import('./start-sync.ts');
const { handler: getSync } = await import('./get-sync.ts');
const { handler: listSyncs } = await import('./list-syncs.ts');
const { handler: cancelSync } = await import('./cancel-sync.ts');
const { handler: syncWorker } = await import('./sync-posts.consumer.ts');
const { handler: tick } = await import('./tick.ts');

const listed = () => simulator.world.listed(account.instagram_id).filter(({ withheld }) => !withheld);
const pageCalls = () => simulator.calls.count({ edge: 'user.media' });
const countPosts = () => pool.oneFirst(sql.type(z.strictObject({ count: z.int() }))`SELECT count(*) FROM posts`);
const goneIds = () =>
  pool.anyFirst(sql.type(z.strictObject({ instagram_id: z.string() }))`
    SELECT instagram_id FROM posts WHERE gone_at IS NOT NULL ORDER BY instagram_id
  `);
const async = { headers: { prefer: 'respond-async' } };
const work = (remainingMs?: number) => deliver(syncWorker, takeMessages('sync'), remainingMs);

beforeEach(async () => {
  await pool.query(sql.unsafe`TRUNCATE posts, sync_runs, usage CASCADE`);
  await pool.query(sql.unsafe`UPDATE accounts SET token_state = 'alive', covered_run_id = NULL`);
  simulator.reset();
});

describe('a sync', () => {
  test('a sync stores every listed media once, and finds nothing to do the second time', async () => {
    const first = await invoke(startSync, '/sync', { body: {} });
    expect(first).toMatchObject({
      status: 200,
      body: {
        status: 'succeeded',
        mode: 'full',
        created: listed().length,
        updated: 0,
        unchanged: 0,
        gone: 0,
        warnings: [],
        error: null,
      },
    });
    expect(await countPosts()).toBe(listed().length);

    const second = await invoke(startSync, '/sync');
    expect(second.body).toMatchObject({ status: 'succeeded', created: 0, updated: 0, unchanged: listed().length });
    expect(second.body.id).not.toBe(first.body.id);
  });

  test('a sync stores what changed and nothing else', async () => {
    await invoke(startSync, '/sync');
    const [medium] = listed();
    simulator.world.editMedia(medium?.id ?? '', { like_count: 4_711 });
    const { body } = await invoke(startSync, '/sync');
    expect(body).toMatchObject({ created: 0, updated: 1, unchanged: listed().length - 1 });
  });

  test('a sync continues after short and empty pages, and counts a row that it sees twice once', async () => {
    simulator.scenarios.add({ kind: 'short_pages', rows: 40 });
    simulator.scenarios.add({ kind: 'empty_page' });
    simulator.scenarios.add({ kind: 'repeated_rows', rows: 3 });
    const { body } = await invoke(startSync, '/sync');
    expect(body).toMatchObject({ status: 'succeeded', created: listed().length, updated: 0, unchanged: 0 });
    expect(body.fetched).toBeGreaterThan(listed().length);
  });

  test('a second request joins the active run', async () => {
    simulator.setLatency(20);
    const [one, other] = await Promise.all([invoke(startSync, '/sync'), invoke(startSync, '/sync')]);
    expect(one.body.id).toBe(other.body.id);
    expect([one.body.status, other.body.status]).toEqual(['succeeded', 'succeeded']);
    expect(one.body.created).toBe(listed().length);
    expect(pageCalls()).toBe(Math.ceil(listed().length / 100));
  });

  test('a sync answers 202 at once when asked to, and the worker does it', async () => {
    const accepted = await invoke(startSync, '/sync', async);
    expect(accepted).toMatchObject({
      status: 202,
      headers: { 'preference-applied': 'respond-async' },
      body: { status: 'queued' },
    });
    expect(accepted.headers.location).toBe(`https://api.test/api/v1/sync/${accepted.body.id}`);
    expect(pageCalls()).toBe(0);
    expect(await work()).toBe(0);
    expect((await invoke(getSync, `/sync/${accepted.body.id}`)).body).toMatchObject({
      status: 'succeeded',
      created: listed().length,
    });
  });

  test('when the wait is over the worker continues, without losing or repeating a page', async () => {
    simulator.setLatency(600);
    const { status, body } = await invoke(startSync, '/sync', { headers: { prefer: 'wait=1' } });
    expect(status).toBe(202);
    expect(body.status).toBe('running');
    simulator.setLatency(0);
    await work();
    const run = await invoke(getSync, `/sync/${body.id}`);
    expect(run.body).toMatchObject({
      status: 'succeeded',
      created: listed().length,
      pages: Math.ceil(listed().length / 100),
    });
  });

  test('the tick wakes a run whose wake-up is lost', async () => {
    const { body } = await invoke(startSync, '/sync', async);
    takeMessages('sync');
    await tick();
    const woken = takeMessages('sync');
    expect(woken).toEqual([{ account_id: account.id, sync_run_id: body.id }]);
    await tick();
    expect(takeMessages('sync')).toEqual([]); // not due again so soon
    await deliver(syncWorker, [...woken, ...woken]); // a doubled message changes nothing
    expect((await invoke(getSync, `/sync/${body.id}`)).body).toMatchObject({
      status: 'succeeded',
      created: listed().length,
    });
  });

  test('only one worker at a time works on a run', async () => {
    simulator.setLatency(20);
    await invoke(startSync, '/sync', async);
    const message = takeMessages('sync');
    await Promise.all([deliver(syncWorker, message), deliver(syncWorker, message), deliver(syncWorker, message)]);
    expect(pageCalls()).toBe(Math.ceil(listed().length / 100));
    expect(await countPosts()).toBe(listed().length);
  });

  test('a run does not depend on the queue: its row is the work', async () => {
    service.refuseMessages(1);
    expect((await invoke(startSync, '/sync', async)).status).toBe(202);
  });
});

describe('an incremental sync', () => {
  test('an incremental run stops at the first page after which all is stored', async () => {
    await invoke(startSync, '/sync');
    simulator.calls.clear();
    simulator.world.addMedia([{ caption: 'new' }]);
    const { body } = await invoke(startSync, '/sync', { body: { mode: 'incremental' } });
    expect(body).toMatchObject({ status: 'succeeded', mode: 'incremental', created: 1 });
    expect(pageCalls()).toBe(2); // the first page has changed, the second has not
  });

  test('an incremental run does not stop at posts of a run that did not end', async () => {
    simulator.scenarios.add({ kind: 'expired_token', on: { edge: 'user.media' }, after: 1 });
    expect((await invoke(startSync, '/sync')).status).toBe(502);
    simulator.scenarios.clear();
    const stored = await countPosts();
    expect(stored).toBeGreaterThan(25);
    const { body } = await invoke(startSync, '/sync', { body: { mode: 'incremental' } });
    expect(body).toMatchObject({ status: 'succeeded', created: listed().length - stored, unchanged: stored });
  });

  test('an incremental run becomes a full one when a request asks for that', async () => {
    await invoke(startSync, '/sync');
    simulator.world.removeMedia([listed().at(-1)?.id ?? '']);
    simulator.setLatency(100);
    const [incremental, full] = await Promise.all([
      invoke(startSync, '/sync', { body: { mode: 'incremental' } }),
      simulator.calls.next({ edge: 'user.media' }).then(() => invoke(startSync, '/sync', { body: { mode: 'full' } })),
    ]);
    expect(full.body).toMatchObject({ id: incremental.body.id, mode: 'full', status: 'succeeded', gone: 1 });
  });
});

test('a run that pauses for a moment ends within the wait, even if our clock is an hour behind', async () => {
  skewClock(-3_600_000);
  simulator.scenarios.add({ kind: 'transient', on: { edge: 'user.media' }, after: 1, times: 5 });
  expect(await invoke(startSync, '/sync')).toMatchObject({ status: 200, body: { status: 'succeeded' } });
});

describe('a sync that is asked to stop', () => {
  test('a run that is asked to stop stops before its next page, and what is stored stays', async () => {
    simulator.setLatency(150);
    const started = invoke(startSync, '/sync');
    await simulator.calls.next({ edge: 'user.media' });
    await simulator.calls.next({ edge: 'user.media' });
    const { body: active } = await invoke(listSyncs, '/sync');
    const cancelled = await invoke(cancelSync, `/sync/${active.results[0]?.id}`);
    expect(cancelled.status).toBe(202);
    expect((await started).body).toMatchObject({ status: 'cancelled' });
    expect(await countPosts()).toBeLessThan(listed().length);
    expect((await invoke(cancelSync, `/sync/${active.results[0]?.id}`)).body).toMatchObject({ code: 'run_finished' });
  });

  test('a run that is asked to stop does not wait when Instagram throttles it', async () => {
    simulator.setLatency(500);
    simulator.scenarios.add({ kind: 'throttle', minutes: 17, on: { edge: 'user.media' } });
    const started = invoke(startSync, '/sync');
    await simulator.calls.next({ edge: 'user.media' });
    const { body: active } = await invoke(listSyncs, '/sync');
    await invoke(cancelSync, `/sync/${active.results[0]?.id}`);
    expect((await started).body).toMatchObject({ status: 'cancelled', resumes_at: null });
  });

  test('a run that nobody works on stops at once', async () => {
    const { body } = await invoke(startSync, '/sync', async);
    expect((await invoke(cancelSync, `/sync/${body.id}`)).body).toMatchObject({ status: 'cancelled' });
    await work();
    expect(pageCalls()).toBe(0);
  });
});

describe('a throttled sync', () => {
  test('a throttled run waits as long as Instagram says, makes no call meanwhile, and continues with its page', async () => {
    simulator.scenarios.add({ kind: 'throttle', code: 80002, minutes: 17, on: { edge: 'user.media' }, after: 1 });
    const { status, headers, body } = await invoke(startSync, '/sync');
    expect({ status, run: body.status }).toEqual({ status: 202, run: 'waiting' });
    expect(Number(headers['retry-after'])).toBeGreaterThan(16 * 60);
    expect(Date.parse(body.resumes_at ?? '')).toBeGreaterThan(Date.now() + 16 * 60_000);
    simulator.scenarios.clear();
    simulator.calls.clear();

    await invoke(startSync, '/sync'); // a person is impatient
    await deliver(syncWorker, [{ account_id: account.id, sync_run_id: body.id }]);
    expect(simulator.calls.count()).toBe(0);

    await letPass(17 * 60_000);
    await tick();
    await work();
    expect((await invoke(getSync, `/sync/${body.id}`)).body).toMatchObject({
      status: 'succeeded',
      created: listed().length,
    });
    expect(pageCalls()).toBe(Math.ceil(listed().length / 100) - 1);
  });

  test.each([
    ['ahead', 1],
    ['behind', -1],
  ])('`Retry-After` of a throttled run goes by the database’s clock when ours is an hour %s', async (_, hours) => {
    skewClock(hours * 3_600_000);
    simulator.scenarios.add({ kind: 'throttle', code: 80002, minutes: 17, on: { edge: 'user.media' }, after: 1 });
    const { status, headers } = await invoke(startSync, '/sync');
    expect(status).toBe(202);
    expect(Number(headers['retry-after'])).toBeGreaterThan(16 * 60);
    expect(Number(headers['retry-after'])).toBeLessThanOrEqual(17 * 60);
  });

  test.each<[string, ScenarioInput, number]>([
    ['of a refused call', { kind: 'throttle', code: 80002, minutes: 1, on: { edge: 'user.media' }, after: 1 }, 1],
    ['beside an answer, with the limit used up', { kind: 'usage', business: 100, minutes: 1 }, 1],
    ['beside an answer, by another header', { kind: 'usage', app: 100, business: 10, minutes: 1 }, 1],
    ['beside an answer, with some of the limit left', { kind: 'usage', business: 40, minutes: 2 }, 2],
    ['of many minutes', { kind: 'usage', business: 100, minutes: 700 }, 700],
    ['of a first call', { kind: 'throttle', code: 80002, minutes: 1, on: { edge: 'user.media' } }, 1],
  ])('a throttled run waits exactly as long as Instagram states: %s', async (_, scenario, minutes) => {
    simulator.scenarios.add(scenario);
    const { body } = await invoke(startSync, '/sync');
    expect(body.status).toBe('waiting');
    const waits = await pool.one(
      sql.type(z.strictObject({ run: z.number(), account: z.number() }))`
        SELECT extract(epoch FROM resumes_at - service_now())::float8 AS run,
          extract(epoch FROM throttled_until - service_now())::float8 AS account
        FROM sync_runs JOIN usage USING (account_id) WHERE id = ${body.id}
      `,
    );
    for (const seconds of [waits.run, waits.account]) {
      expect(seconds).toBeLessThanOrEqual(minutes * 60);
      expect(seconds).toBeGreaterThan(minutes * 60 - 30);
    }
  });

  test('a run pauses by itself when little of the rate limit is left', async () => {
    simulator.scenarios.add({ kind: 'usage', business: 93 });
    const { body } = await invoke(startSync, '/sync');
    expect(body.status).toBe('waiting');
    expect(pageCalls()).toBeLessThanOrEqual(2);
    // What is left of it is for people.
    const { handler: updatePost } = await import('./update-post.ts');
    const id = await pool.oneFirst(sql.type(z.strictObject({ id: z.int() }))`SELECT min(id) AS id FROM posts`);
    const answer = await invoke(updatePost, `/posts/${id}`, { body: { comments_enabled: false } });
    expect(answer).toMatchObject({ status: 200, body: { comments_enabled: false } });
  });
});

describe('input', () => {
  test.each([
    ['an unknown mode', { mode: 'partial' }, 'mode'],
    ['a mode that is a number', { mode: 1 }, 'mode'],
    ['accept_missing as text', { accept_missing: 'yes' }, 'accept_missing'],
    ['an impossible account id', { account_id: -1 }, 'account_id'],
  ])('a sync with %s is refused', async (_, body, path) => {
    expect(await invoke(startSync, '/sync', { body })).toMatchObject({
      status: 400,
      body: { code: 'validation_failed', errors: [{ path }] },
    });
    expect(simulator.calls.count()).toBe(0);
  });

  test('a sync of an unknown account is not found', async () => {
    expect(await invoke(startSync, '/sync', { body: { account_id: 999 } })).toMatchObject({
      status: 404,
      body: { code: 'account_not_found' },
    });
  });

  test.each(['0', '-1', '1.5', '100000000000000000000', "';DROP", '%00'])('run %s is not found', async (id) => {
    expect(await invoke(getSync, `/sync/${id}`)).toMatchObject({ status: 404, body: { code: 'sync_not_found' } });
    expect(await invoke(cancelSync, `/sync/${id}`)).toMatchObject({ status: 404, body: { code: 'sync_not_found' } });
  });

  test('runs are listed newest first, page by page, both ways', async () => {
    for (let n = 0; n < 5; n += 1) await invoke(startSync, '/sync', { body: { mode: 'incremental' } });
    const whole = await invoke(listSyncs, '/sync');
    const ids = whole.body.results.map(({ id }) => id);
    expect(ids).toEqual([...ids].sort((a, b) => b - a));
    const first = await invoke(listSyncs, '/sync?limit=2');
    const second = await invoke(listSyncs, first.body.next);
    const third = await invoke(listSyncs, second.body.next);
    expect([first, second, third].flatMap(({ body }) => body.results.map(({ id }) => id))).toEqual(ids);
    expect(third.body.next).toBeNull();
    expect((await invoke(listSyncs, third.body.previous)).body.results).toEqual(second.body.results);
    expect(await invoke(listSyncs, '/sync?cursor=abc')).toMatchObject({
      status: 400,
      body: { code: 'invalid_cursor' },
    });
  });

  test('synced posts are listed', async () => {
    const { handler: listPosts } = await import('./list-posts.ts');
    await invoke(startSync, '/sync');
    const { body } = await invoke(listPosts, '/posts?limit=3');
    expect(body.results.map(({ instagram_id }) => instagram_id)).toEqual(
      listed()
        .slice(0, 3)
        .map(({ id }) => id),
    );
    expect(await goneIds()).toEqual([]);
  });
});

test('a request that joins a run that is being stopped gets its own run', async () => {
  simulator.setLatency(150);
  const stopped = invoke(startSync, '/sync');
  await simulator.calls.next({ edge: 'user.media' });
  const { body: active } = await invoke(listSyncs, '/sync');
  await invoke(cancelSync, `/sync/${active.results[0]?.id}`);
  const another = await invoke(startSync, '/sync');
  expect((await stopped).body).toMatchObject({ status: 'cancelled' });
  expect(another.body).toMatchObject({ status: 'succeeded' });
  expect(another.body.id).not.toBe((await stopped).body.id);
});
