import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createSimulator, type Simulator } from '../create-simulator.ts';
import { callControl, callGraph } from '../testing/call-graph.ts';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await createSimulator({ media: 5 });
});
afterAll(() => simulator.close());
beforeEach(() => simulator.reset());

const control = (method: string, path: string, body?: unknown) => callControl(simulator, method, path, body);

test('state shows the account, its tokens, what is on and what was called', async () => {
  await callGraph(simulator, '/me');
  await control('POST', '/scenarios', { kind: 'throttle', minutes: 1, times: 1 });
  const { body } = await control('GET', '');
  expect(body).toMatchObject({
    accounts: [
      { id: simulator.world.account().id, media_count: 5, tokens: [{ login: 'instagram' }, { login: 'facebook' }] },
    ],
    latency_ms: 0,
    calls: { 'GET user': 1 },
    scenarios: [{ kind: 'throttle', code: 4, minutes: 1, times: 1, seen: 0, acted: 0 }],
  });
});

test('scenarios are switched on and off, and a wrong one is explained', async () => {
  const { status, body } = await control('POST', '/scenarios', { kind: 'transient', on: { edge: ['user'] } });
  expect(status).toBe(201);
  expect((await callGraph(simulator, '/me')).status).toBe(500);
  expect((await control('DELETE', `/scenarios/${body.id}`)).body).toMatchObject({ acted: 1 });
  expect((await callGraph(simulator, '/me')).status).toBe(200);
  expect(await control('DELETE', `/scenarios/${body.id}`)).toMatchObject({ status: 404 });
  expect(await control('POST', '/scenarios', { kind: 'transient', code: 3 })).toMatchObject({
    status: 400,
    body: { error: expect.stringContaining('code') },
  });
  expect(await control('POST', '/scenarios', [])).toMatchObject({ status: 400 });
  expect(Object.keys((await control('GET', '/scenarios')).body.kinds)).toContain('vanished_media');
});

test('media are listed with links that open, added, edited, removed and counted', async () => {
  const listed = await control('GET', '/media?limit=2');
  expect(listed.body).toMatchObject({ total: 5, media: [{ id: expect.any(String) }, {}] });
  const link = listed.body.media[0].file_url ?? listed.body.media[0].thumbnail_url;
  expect((await fetch(link)).status).toBe(200);

  const { body: added } = await control('POST', '/media', { caption: 'added', count: 2 });
  expect(added.media).toHaveLength(2);
  const { id } = added.media[0];
  await control('PATCH', `/media/${id}`, { caption: 'changed', likesHidden: true });
  const read = await callGraph(simulator, `/${id}?fields=caption,like_count`);
  expect(read.body).toEqual({ caption: 'changed', id });
  expect((await control('DELETE', `/media/${id}`)).body).toEqual({ removed: 1 });
  expect((await control('DELETE', '/media?newest=3')).body).toEqual({ removed: 3 });
  expect((await callGraph(simulator, '/me?fields=media_count')).body.media_count).toBe(3);
  expect((await control('PUT', '/media', { count: 12 })).body).toEqual({ media_count: 12 });
});

test('tokens, accounts and latency', async () => {
  const { body: dead } = await control('POST', '/tokens', { login: 'instagram', expires_in: -10 });
  expect((await callGraph(simulator, '/me', { token: dead.value })).body.error).toMatchObject({
    code: 190,
    error_subcode: 463,
  });
  const { body: other } = await control('POST', '/accounts', { username: 'second', media: 2 });
  expect((await callGraph(simulator, '/me?fields=username', { token: other.tokens[0].value })).body.username).toBe(
    'second',
  );
  expect((await control('PUT', '/latency', { ms: 15 })).body).toEqual({ latency_ms: 15 });
  expect(simulator.latencyMs()).toBe(15);
  await control('POST', '/reset');
  expect((await control('GET', '')).body).toMatchObject({ latency_ms: 0, accounts: [{ username: 'harbour.house' }] });
});

test('the log tells calls by operation and never shows a token', async () => {
  await callGraph(simulator, `/me?access_token=${simulator.tokens.instagram}`, { token: null });
  await callGraph(simulator, '/me/media?limit=1');
  const { body } = await control('GET', '/calls?edge=user.media');
  expect(body).toMatchObject({
    counts: { 'GET user': 1, 'GET user.media': 1 },
    fitting: 1,
    calls: [{ path: '/me/media', params: { limit: '1' }, status: 200 }],
  });
  expect(JSON.stringify((await control('GET', '/calls')).body)).not.toContain(simulator.tokens.instagram);
  await control('DELETE', '/calls');
  expect((await control('GET', '/calls')).body).toMatchObject({ counts: {}, calls: [] });
});

test('unknown controls, methods and bodies are told apart', async () => {
  expect((await control('GET', '/nonsense')).status).toBe(404);
  expect((await control('POST', '/latency', { ms: 1 })).status).toBe(405);
  expect((await control('PUT', '/latency', { ms: -1 })).status).toBe(400);
  expect((await control('PUT', '/media', { count: 20_001 })).status).toBe(400);
  expect((await control('DELETE', '/media/%7Bid%7D')).body).toEqual({ removed: 0 });
  expect((await control('PATCH', '/media/1', { caption: 'x' })).status).toBe(400);
  const broken = await fetch(`${simulator.url}/_simulator/latency`, { method: 'PUT', body: '{' });
  expect(broken.status).toBe(400);
});

test('what the page reads in its form of a scenario, the scenario takes', async () => {
  const { parseSetting, placeholderOf } = await import(new URL('../gallery/settings.js', import.meta.url).href);
  const { settings } = (await control('GET', '/scenarios')).body;
  const switchOn = async (kind: string, name: string, text: string) => {
    const schema = settings[kind].properties[name];
    const { status, body } = await control('POST', '/scenarios', { kind, [name]: parseSetting(schema, name, text) });
    return { status, value: body[name], placeholder: placeholderOf(schema) };
  };

  expect(await switchOn('odd_rows', 'set', '{"like_count": "3"}')).toEqual({
    status: 201,
    value: { like_count: '3' },
    placeholder: '{}',
  });
  expect(await switchOn('odd_paging', 'paging', '{"next": 5}')).toMatchObject({ status: 201, value: { next: 5 } });
  expect(await switchOn('vanished_media', 'ids', '1, 2')).toMatchObject({ status: 201, value: ['1', '2'] });
  expect(await switchOn('error', 'code', '10')).toMatchObject({ status: 201, value: 10, placeholder: '100' });
  expect(await switchOn('error', 'code', 'abc')).toMatchObject({ status: 201, value: 'abc' });
  await expect(switchOn('odd_rows', 'set', 'like_count')).rejects.toThrow(/^set must be JSON/);
  expect(settings.refuse_field.required).toEqual(['field']);
  expect(settings.throttle.required).toEqual([]);
});
