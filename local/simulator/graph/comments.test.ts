import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createSimulator, type Simulator } from '../create-simulator.ts';
import { callControl, callGraph, readAll } from '../testing/call-graph.ts';

const FIELDS = 'id,text,timestamp,username,from,user,like_count,hidden,parent_id,replies.limit(2){id,text,parent_id}';

let simulator: Simulator;
let quiet: string; // a media without comments
let busy: string; // one with more than two pages of them
beforeAll(async () => {
  simulator = await createSimulator({
    media: [{ caption: 'quiet' }, { caption: 'busy', comments_count: 190, timestamp: '2026-01-02T03:04:05Z' }],
  });
});
afterAll(() => simulator.close());
beforeEach(() => {
  simulator.reset();
  const [first, second] = simulator.world.media();
  quiet = first?.id ?? '';
  busy = second?.id ?? '';
});

const get = (path: string) => callGraph(simulator, path);
const post = (path: string, form: Record<string, string>) => callGraph(simulator, path, { form });
const textsOf = async (mediaId: string): Promise<string[]> =>
  (await get(`/${mediaId}/comments?fields=text`)).body.data.map(({ text }: { text: string }) => text);
const countOf = async (mediaId: string): Promise<number> =>
  (await get(`/${mediaId}?fields=comments_count`)).body.comments_count;

test('top-level comments are listed newest first, 50 a page, and with replies make up the count', async () => {
  const pages = await readAll(simulator, `/${busy}/comments?limit=100&fields=${FIELDS}`);
  expect(pages.slice(0, -1).every((page) => page.length === 50)).toBe(true);
  const rows = pages.flat();
  const times = rows.map(({ timestamp }) => timestamp);
  expect(times).toEqual(times.toSorted().reverse());
  expect(rows.every((row) => !('parent_id' in row))).toBe(true);
  let replies = 0;
  for (const { id } of rows) replies += (await readAll(simulator, `/${id}/replies?fields=id,parent_id`)).flat().length;
  expect(rows.length + replies).toBe(190);
});

test('without fields a comment is id, text and timestamp', async () => {
  const { body } = await get(`/${busy}/comments?limit=1`);
  expect(Object.keys(body.data[0]).toSorted()).toEqual(['id', 'text', 'timestamp']);
  expect(body.data[0].timestamp).toMatch(/\+0000$/);
});

test('expanded replies have a page of their own, and no key where there are none', async () => {
  const rows = (await readAll(simulator, `/${busy}/comments?fields=${FIELDS}`)).flat();
  expect(rows.some((row) => !('replies' in row))).toBe(true);
  const thread = rows.find((row) => row.replies?.paging.next !== undefined);
  expect(thread.replies.data).toHaveLength(2);
  const rest = await get(`/${thread.id}/replies?after=${thread.replies.paging.cursors.after}`);
  expect(rest.body.data.length).toBeGreaterThan(0);
  expect(thread.replies.data[0].parent_id).toBe(thread.id);
});

test('comments come with a listing of media, too', async () => {
  const { body } = await get('/me/media?fields=id,comments_count,comments.limit(3){id,text,replies{id}}');
  const [quietRow, busyRow] = body.data;
  expect(quietRow).toEqual({ id: quiet, comments_count: 0 });
  expect(busyRow.comments.data).toHaveLength(3);
  expect(busyRow.comments.paging.next).toContain(`/${busy}/comments?`);
});

test('a comment is written once, as the account itself', async () => {
  const { status, body } = await post(`/${quiet}/comments`, { message: 'Hello, שלום é 👩🏽‍🍳' });
  expect(status).toBe(200);
  expect(body).toEqual({ id: expect.stringMatching(/^[0-9]{17,18}$/) });
  const { id } = simulator.world.account();
  expect((await get(`/${body.id}?fields=${FIELDS}`)).body).toMatchObject({
    text: 'Hello, שלום é 👩🏽‍🍳',
    username: 'harbour.house',
    from: { id, username: 'harbour.house' },
    user: { id },
    hidden: false,
  });
  expect(await textsOf(quiet)).toEqual(['Hello, שלום é 👩🏽‍🍳']);
  expect(await countOf(quiet)).toBe(1);
});

test('a message may come as JSON; none at all is refused', async () => {
  const response = await fetch(`${simulator.graphUrls.instagram}/${quiet}/comments`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${simulator.tokens.instagram}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ message: 'as JSON' }),
  });
  expect(response.status).toBe(200);
  expect((await post(`/${quiet}/comments`, { message: '' })).body.error).toMatchObject({ code: 100 });
  expect(await textsOf(quiet)).toEqual(['as JSON']);
});

test('`fields` on the POST writes the comment and answers that it failed', async () => {
  const { status, body } = await post(`/${quiet}/comments`, { message: 'once', fields: 'id' });
  expect(status).toBe(400);
  expect(body.error).toMatchObject({ code: 20, error_subcode: 1772107 });
  expect(await textsOf(quiet)).toEqual(['once']);
});

test('a reply to a reply goes to the top-level comment; hidden ones take none', async () => {
  const top = (await post(`/${quiet}/comments`, { message: 'top' })).body.id;
  const reply = (await post(`/${top}/replies`, { message: 'reply' })).body.id;
  const deeper = (await post(`/${reply}/replies`, { message: 'deeper' })).body.id;
  expect((await get(`/${deeper}?fields=parent_id`)).body.parent_id).toBe(top);
  expect((await get(`/${top}/replies?fields=text`)).body.data).toHaveLength(2);
  expect(await textsOf(quiet)).toEqual(['top']);
  expect(await countOf(quiet)).toBe(3);
  expect((await post(`/${top}`, { hide: 'true' })).body).toEqual({ success: true });
  expect((await get(`/${top}?fields=hidden`)).body.hidden).toBe(true);
  expect((await post(`/${top}/replies`, { message: 'x' })).status).toBe(400);
  expect((await post(`/${top}`, { hide: 'maybe' })).body.error.code).toBe(100);
});

test('a deleted comment takes its replies along, and is 100/33 from then on', async () => {
  const top = (await post(`/${quiet}/comments`, { message: 'top' })).body.id;
  await post(`/${top}/replies`, { message: 'reply' });
  expect((await callGraph(simulator, `/${top}`, { method: 'DELETE' })).body).toEqual({ success: true });
  expect(await countOf(quiet)).toBe(0);
  expect((await callGraph(simulator, `/${top}`, { method: 'DELETE' })).body.error).toMatchObject({
    code: 100,
    error_subcode: 33,
  });
});

test('comments are switched off and on; those there are stay', async () => {
  await post(`/${quiet}/comments`, { message: 'before' });
  expect((await post(`/${quiet}`, { comment_enabled: 'false' })).body).toEqual({ success: true });
  expect((await get(`/${quiet}?fields=is_comment_enabled`)).body.is_comment_enabled).toBe(false);
  expect((await post(`/${quiet}/comments`, { message: 'x' })).status).toBe(400);
  expect(await textsOf(quiet)).toEqual(['before']);
  await post(`/${quiet}`, { comment_enabled: 'true' });
  expect((await post(`/${quiet}/comments`, { message: 'after' })).status).toBe(200);
});

test('a token without the permission may neither read nor write them', async () => {
  const { value: token } = simulator.world.tokens.grant({
    login: 'instagram',
    accountId: simulator.world.account().id,
    scopes: ['instagram_business_basic'],
  });
  expect((await callGraph(simulator, `/${busy}/comments`, { token })).body.error.code).toBe(10);
  expect((await callGraph(simulator, `/${quiet}/comments`, { token, form: { message: 'x' } })).body.error.code).toBe(
    10,
  );
  expect(await textsOf(quiet)).toEqual([]);
});

const on = { edge: 'media.comment' } as const;
test.each(['transient', 'html', 'unavailable'] as const)(
  '%s before the effect prevents it, after the effect loses the answer',
  async (kind) => {
    const before = simulator.scenarios.add({ kind, on });
    expect((await post(`/${quiet}/comments`, { message: 'x' })).status).toBeGreaterThanOrEqual(500);
    expect(await textsOf(quiet)).toEqual([]);
    before.remove();
    simulator.scenarios.add({ kind, on, placement: 'after' });
    expect((await post(`/${quiet}/comments`, { message: 'x' })).status).toBeGreaterThanOrEqual(500);
    expect(await textsOf(quiet)).toEqual(['x']);
  },
);

test('a connection closed before or after the effect looks the same', async () => {
  simulator.scenarios.add({ kind: 'reset', on, times: 1 });
  simulator.scenarios.add({ kind: 'reset', on, after: 1, times: 1, placement: 'after' });
  for (const message of ['lost', 'written']) {
    await expect(post(`/${quiet}/comments`, { message })).rejects.toThrow('fetch failed');
  }
  expect(await textsOf(quiet)).toEqual(['written']);
});

test('a slow comment is written even though its caller has left; a hanging one is not', async () => {
  const leave = async (message: string) => {
    const caller = new AbortController();
    const arrived = simulator.calls.next({ edge: 'media.comment' });
    const call = callGraph(simulator, `/${quiet}/comments`, { form: { message }, signal: caller.signal });
    await arrived;
    caller.abort();
    await expect(call).rejects.toThrow('aborted');
  };
  const hanging = simulator.scenarios.add({ kind: 'hang', on });
  await leave('hanging');
  hanging.remove();
  simulator.scenarios.add({ kind: 'slow', ms: 40, on });
  await leave('slow');
  expect(await textsOf(quiet)).toEqual([]);
  while (simulator.world.comments(quiet).length === 0) await get('/me');
  expect(await textsOf(quiet)).toEqual(['slow']);
});

test('withheld comments count but are not shown', async () => {
  simulator.world.addMedia([{ comments_count: 8, commentsWithheld: 8 }]);
  const [newest] = simulator.world.media();
  expect(await countOf(newest?.id ?? '')).toBe(8);
  expect(await textsOf(newest?.id ?? '')).toEqual([]);
});

test('other people’s comments come and go by the control API', async () => {
  const { body } = await callControl(simulator, 'POST', `/media/${quiet}/comments`, {
    text: 'Hi',
    username: 'marta.k',
    count: 2,
  });
  expect(body.comments).toHaveLength(2);
  const { id } = body.comments[0];
  expect((await get(`/${id}?fields=username,user`)).body).toEqual({ username: 'marta.k', id });
  expect((await callControl(simulator, 'DELETE', `/comments/${id}`)).body).toEqual({ removed: true });
  expect((await callControl(simulator, 'GET', `/media/${quiet}/comments`)).body.comments).toHaveLength(1);
});

test('a comment that nobody listed yet is found by its id', async () => {
  const id = simulator.world.comments(busy)[40]?.id ?? '';
  simulator.reset();
  expect((await get(`/${id}?fields=text`)).status).toBe(200);
});
