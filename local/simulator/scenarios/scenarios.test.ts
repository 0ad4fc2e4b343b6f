import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createSimulator, type Simulator } from '../create-simulator.ts';
import { callGraph, readAll } from '../testing/call-graph.ts';
import { KIND_NAMES } from './catalogue.ts';
import type { ScenarioInput } from './scenarios.ts';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await createSimulator({ media: 20 });
});
afterAll(() => simulator.close());
beforeEach(() => simulator.reset());

const LIST = '/me/media?fields=id,timestamp,comments_count&limit=5';
const on = (scenario: ScenarioInput) => simulator.scenarios.add(scenario);
const list = () => callGraph(simulator, LIST);
const idsOf = (rows: { id: string }[]) => rows.map(({ id }) => id);

test('a scenario acts on calls in its scope only, after so many and so many times', async () => {
  const scenario = on({ kind: 'transient', on: { edge: 'user.media' }, after: 1, times: 2 });
  const statuses = [];
  for (let call = 0; call < 5; call += 1) statuses.push((await list()).status);
  expect(statuses).toEqual([200, 500, 500, 200, 200]);
  expect((await callGraph(simulator, '/me')).status).toBe(200);
  expect({ seen: scenario.seen, acted: scenario.acted }).toEqual({ seen: 5, acted: 2 });
});

test('scope goes by method, path, login, token and account too', async () => {
  const other = simulator.world.addAccount({ media: 1 });
  const [token] = simulator.world.tokens.list().filter((one) => one.accountId === other.id);
  const status = async (path: string, options = {}) => (await callGraph(simulator, path, options)).status;
  on({ kind: 'unavailable', status: 501, on: { account: other.id } });
  on({ kind: 'unavailable', status: 502, on: { path: '/1784*/media' } });
  on({ kind: 'unavailable', status: 504, on: { login: 'facebook' } });
  on({ kind: 'unavailable', status: 505, on: { method: 'POST' } });
  expect(await status('/me', { token: token?.value })).toBe(501);
  expect(await status(`/${simulator.world.account().id}/media`)).toBe(502);
  expect(await status('/me/media')).toBe(200);
  expect(await status('/me', { login: 'facebook' })).toBe(504);
  expect(await status('/me', { method: 'POST' })).toBe(505);
});

test('scenarios are refused when they name what there is not', () => {
  expect(() => on({ kind: 'nonsense' } as never)).toThrow();
  expect(() => on({ kind: 'throttle', code: 5 } as never)).toThrow();
  expect(() => on({ kind: 'hang', ms: 5 } as never)).toThrow();
  expect(() => on({ kind: 'hang', on: { edge: 'user.medai' } })).toThrow(/must be one of/);
  for (const path of ['me/media', '/v25.0/me/media', '']) {
    expect(() => on({ kind: 'hang', on: { path } })).toThrow(/must begin with \/ and have no version/);
  }
  expect(simulator.scenarios.list()).toEqual([]);
});

test('throttling says for how many minutes, in the header of its kind', async () => {
  on({ kind: 'throttle', code: 80002, minutes: 12 });
  const { status, body, headers } = await list();
  expect(status).toBe(403);
  expect(body.error).toMatchObject({ code: 80002, type: 'OAuthException' });
  const usage = JSON.parse(headers.get('x-business-use-case-usage') ?? '');
  expect(usage[simulator.world.account().id]).toMatchObject([{ call_count: 100, estimated_time_to_regain_access: 12 }]);
});

test.each<[ScenarioInput, object]>([
  [{ kind: 'throttle', code: 17 }, { code: 17 }],
  [
    { kind: 'transient', code: 1 },
    { code: 1, is_transient: true },
  ],
  [{ kind: 'expired_token' }, { code: 190, error_subcode: 463 }],
  [
    { kind: 'expired_token', subcode: 460 },
    { code: 190, error_subcode: 460 },
  ],
  [{ kind: 'missing_permission' }, { code: 10 }],
  [{ kind: 'missing_permission', code: 200 }, { code: 200 }],
  [{ kind: 'blocked' }, { code: 368, error_user_title: expect.any(String) }],
  [
    { kind: 'blocked', code: 4 },
    { code: 4, error_subcode: 2207051 },
  ],
  [
    { kind: 'reduce_data', limit: 4 },
    { code: 1, message: expect.stringContaining('reduce the amount of data') },
  ],
  [
    { kind: 'refuse_field', field: 'timestamp' },
    { code: 100, message: expect.stringContaining('(timestamp)') },
  ],
  [{ kind: 'refuse_field', field: 'timestamp', code: 9005, message: 'Video content was not found' }, { code: 9005 }],
  [
    { kind: 'error', code: '230', subcode: 7, status: 200 },
    { code: '230', error_subcode: 7 },
  ],
])('refusal %j', async (scenario, error) => {
  on(scenario);
  expect((await list()).body.error).toMatchObject({ ...error, fbtrace_id: expect.any(String) });
});

test('reduce_data lets smaller and simpler pages through', async () => {
  on({ kind: 'reduce_data', limit: 5, expansions: true });
  const status = async (query: string) => (await callGraph(simulator, `/me/media?${query}`)).status;
  expect(await status('limit=5&fields=id')).toBe(200);
  expect(await status('limit=6&fields=id')).toBe(500);
  expect(await status('fields=id')).toBe(500); // 25 by default
  expect(await status('limit=1&fields=id,children{id}')).toBe(500);
});

test.each<[ScenarioInput, number, string]>([
  [{ kind: 'unavailable' }, 503, ''],
  [{ kind: 'unavailable', status: 500, body: 'oops' }, 500, 'oops'],
  [{ kind: 'html' }, 502, 'Sorry, something went wrong'],
  [{ kind: 'redirect' }, 302, ''],
])('answers that are not Meta’s own: %j', async (scenario, status, text) => {
  on(scenario);
  const answer = await list();
  expect(answer.status).toBe(status);
  expect(String(answer.body)).toContain(text);
});

test('the connection breaks off, before an answer or within it', async () => {
  const reset = on({ kind: 'reset' });
  await expect(list()).rejects.toThrow('fetch failed');
  reset.remove();
  const truncated = on({ kind: 'truncated' });
  expect((await list()).body).toMatch(/^\{"data":\[\{"id":"[^}]*/);
  truncated.remove();
  on({ kind: 'truncated', how: 'connection' });
  await expect(list()).rejects.toThrow('terminated');
  expect(simulator.calls.list().map(({ status }) => status)).toEqual([0, 200, 200]);
});

test('a hanging call ends when its caller leaves or the scenario does', async () => {
  const scenario = on({ kind: 'hang' });
  const caller = new AbortController();
  const arrived = simulator.calls.next();
  const left = callGraph(simulator, LIST, { signal: caller.signal });
  await arrived;
  caller.abort();
  await expect(left).rejects.toThrow('aborted');
  const again = simulator.calls.next();
  const held = list();
  await again;
  scenario.remove();
  await expect(held).rejects.toThrow('fetch failed');
  expect((await list()).status).toBe(200);
});

test('a slow call is answered in the end', async () => {
  on({ kind: 'slow', ms: 20 });
  expect((await list()).status).toBe(200);
  expect(simulator.calls.list()[0]?.ms).toBeGreaterThanOrEqual(19); // timers may fire a little early
});

test('vanished media are missing from listings and counts and by id, until they are back', async () => {
  const before = (await list()).body.data;
  const scenario = on({ kind: 'vanished_media', newest: 1, ids: [before[2].id] });
  expect(idsOf((await list()).body.data).slice(0, 2)).toEqual([before[1].id, before[3].id]);
  expect((await callGraph(simulator, '/me?fields=media_count')).body.media_count).toBe(18);
  expect((await callGraph(simulator, `/${before[2].id}`)).body.error).toMatchObject({ code: 100, error_subcode: 33 });
  expect((await callGraph(simulator, `/${before[1].id}`)).status).toBe(200);
  scenario.remove();
  expect((await list()).body.data).toEqual(before);
});

test('an outage hides single nodes only', async () => {
  const [row] = (await list()).body.data;
  on({ kind: 'outage' });
  expect((await callGraph(simulator, `/${row.id}`)).body.error).toMatchObject({ code: 100, error_subcode: 33 });
  expect((await list()).status).toBe(200);
  expect((await callGraph(simulator, '/me')).status).toBe(200);
  simulator.scenarios.clear();
  on({ kind: 'outage', code: 10 });
  expect((await callGraph(simulator, `/${row.id}`)).body.error).toMatchObject({ code: 10 });
});

test('short, empty and overlapping pages lose nothing', async () => {
  const all = (await readAll(simulator, LIST)).flat();
  on({ kind: 'short_pages', rows: 3 });
  on({ kind: 'empty_page', after: 1, times: 2 });
  const pages = await readAll(simulator, LIST);
  expect(pages.map((page) => page.length)).toEqual([3, 0, 0, 3, 3, 3, 3, 3, 2]);
  expect(pages.flat()).toEqual(all);
  simulator.scenarios.clear();
  on({ kind: 'repeated_rows', rows: 2 });
  const overlapping = await readAll(simulator, LIST);
  expect(overlapping[1]?.slice(0, 2)).toEqual(overlapping[0]?.slice(-2));
  expect(new Set(idsOf(overlapping.flat()))).toEqual(new Set(idsOf(all)));
});

test('an empty page may be the very first', async () => {
  const all = (await readAll(simulator, LIST)).flat();
  on({ kind: 'empty_page' });
  expect((await readAll(simulator, LIST)).flat()).toEqual(all);
});

test('cursors are refused, or lead nowhere', async () => {
  const { after } = (await list()).body.paging.cursors;
  const second = () => callGraph(simulator, `${LIST}&after=${after}`);
  on({ kind: 'repeated_cursor' });
  const { body } = await second();
  expect(body.paging).toMatchObject({ cursors: { after }, next: expect.stringContaining('/me/media?') });
  simulator.scenarios.clear();
  on({ kind: 'invalid_cursor' });
  expect((await second()).body.error).toMatchObject({ code: 100, message: expect.stringContaining('cursor') });
  expect((await list()).status).toBe(200);
});

test('rows and answers of the wrong shape', async () => {
  const body = async (scenario: ScenarioInput) => {
    simulator.scenarios.clear();
    on(scenario);
    return (await list()).body;
  };
  expect((await body({ kind: 'malformed_item', index: 1 })).data[1]).not.toHaveProperty('id');
  expect((await body({ kind: 'malformed_item', how: 'null' })).data[0]).toBeNull();
  expect(typeof (await body({ kind: 'malformed_item', how: 'numeric_id' })).data[0].id).toBe('number');
  for (const row of (await body({ kind: 'malformed_item', how: 'only_id', index: null })).data)
    expect(Object.keys(row)).toEqual(['id']);
  expect((await body({ kind: 'odd_rows', set: { children: [] } })).data[0].children).toEqual([]);
  on({ kind: 'odd_paging' });
  expect((await callGraph(simulator, '/me/media?limit=100')).body.paging).toEqual([]);
  simulator.scenarios.clear();
  expect(await body({ kind: 'wrong_shape' })).toEqual({ data: {} });
  expect(await body({ kind: 'wrong_shape', how: 'array' })).toEqual([]);
  expect(await body({ kind: 'empty_list' })).toEqual({ data: [], paging: { cursors: expect.any(Object) } });
  expect(await body({ kind: 'empty_list', next: true })).toMatchObject({
    data: [],
    paging: { next: expect.any(String) },
  });
});

test.each([
  [0, 5],
  [2, 2],
])('an endless list leads back to its first page, by new cursors or by %d', async (cursors, distinct) => {
  on({ kind: 'endless_list', cursors });
  const first = await list();
  const followed = new Set<string>();
  let { after } = first.body.paging.cursors;
  for (let pages = 0; pages < 5; pages += 1) {
    followed.add(after);
    const { body } = await callGraph(simulator, `${LIST}&after=${after}`);
    expect(body.data).toEqual(first.body.data);
    after = body.paging.cursors.after;
  }
  expect(followed.size).toBe(distinct);
});

test('slow pages are not answered, smaller ones are', async () => {
  on({ kind: 'slow_pages', limit: 3 });
  const caller = new AbortController();
  const arrived = simulator.calls.next();
  const left = callGraph(simulator, '/me/media?limit=4', { signal: caller.signal });
  await arrived;
  caller.abort();
  await expect(left).rejects.toThrow('aborted');
  expect((await callGraph(simulator, '/me/media?limit=3')).status).toBe(200);
});

test('counts are off, and the account comes wrapped', async () => {
  on({ kind: 'count_mismatch', by: 3 });
  expect((await callGraph(simulator, '/me?fields=media_count')).body.media_count).toBe(23);
  simulator.scenarios.clear();
  on({ kind: 'data_wrapper' });
  expect((await callGraph(simulator, '/me?fields=username')).body).toMatchObject({
    data: [{ username: 'harbour.house' }],
  });
});

test('usage is what it is said to be', async () => {
  on({ kind: 'usage', app: 91, business: 77, minutes: 3 });
  const { headers } = await list();
  expect(JSON.parse(headers.get('x-app-usage') ?? '').call_volume).toBe(91);
  expect(headers.get('x-business-use-case-usage')).toContain('"call_count":77');
});

test('every kind can be switched on with nothing but its name and what it must know', () => {
  for (const kind of KIND_NAMES) {
    const needs = kind === 'refuse_field' ? { field: 'caption' } : {};
    expect(on({ kind, ...needs } as ScenarioInput).settings).toMatchObject({ placement: 'before', after: 0 });
  }
});

test('closing the simulator cuts off what it holds', async () => {
  const closing = await createSimulator({ media: 1 });
  closing.scenarios.add({ kind: 'hang' });
  const arrived = closing.calls.next();
  const held = callGraph(closing, '/me');
  await arrived;
  await Promise.all([closing.close(), expect(held).rejects.toThrow('fetch failed')]);
});
