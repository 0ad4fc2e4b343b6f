/** Comments mirrored by a sync: whole threads, few calls, and nothing believed gone because it was not seen. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { z } from 'zod';
import { invoke } from '../lib/testing/invoke.ts';
import { moveClock } from '../lib/testing/move-clock.ts';
import { startService } from '../lib/testing/service.ts';
import type { ScenarioInput } from '../local/simulator/scenarios/scenarios.ts';

const { pool, simulator, account, takeMessages, deliver, letTimePass } = await startService({
  simulator: { media: [] },
});
const { handler: startSync } = await import('./start-sync.ts');
const { handler: syncWorker } = await import('./sync-posts.consumer.ts');
const { handler: listPosts } = await import('./list-posts.ts');
const { handler: listComments } = await import('./list-comments.ts');

const sync = () => invoke(startSync, '/sync', { body: { include: ['comments'] } });
const onComments = { edge: ['media.comments', 'comment.replies'] };
const commentCalls = () =>
  simulator.calls.count({ edge: 'media.comments' }) + simulator.calls.count({ edge: 'comment.replies' });
const storedSchema = z.strictObject({ instagram_id: z.string(), thread: z.string().nullable(), text: z.string() });
/** What is stored as being there, under a medium: as Instagram should have it. */
const stored = (mediaId: string) =>
  pool.any(sql.type(storedSchema)`
    SELECT comments.instagram_id, thread.instagram_id AS thread, comments.text FROM comments
    JOIN posts ON posts.id = comments.post_id LEFT JOIN comments AS thread ON thread.id = comments.parent_id
    WHERE posts.instagram_id = ${mediaId} AND comments.gone_at IS NULL ORDER BY comments.instagram_id
  `);
const onInstagram = (mediaId: string) =>
  simulator.world
    .comments(mediaId)
    .map(({ id, parent_id, text }) => ({ instagram_id: id, thread: parent_id, text }))
    .sort((one, other) => (one.instagram_id < other.instagram_id ? -1 : 1));
const givenMedium = (comments_count: number, more = {}): string => {
  const [medium] = simulator.world.addMedia([{ comments_count, ...more }]);
  if (medium === undefined) throw new TypeError('nothing was added');
  return medium.id;
};

beforeEach(async () => {
  await pool.query(sql.unsafe`TRUNCATE posts, sync_runs, usage CASCADE`);
  simulator.reset();
  await moveClock(pool, '0');
});

describe('reading all comments', () => {
  test('comments and whole threads of many pages are stored', async () => {
    const busy = givenMedium(133);
    const quiet = givenMedium(4);
    const none = givenMedium(0);
    const [thread] = simulator.world.comments(quiet).filter(({ parent_id }) => parent_id === null);
    for (let n = 0; n < 120; n += 1)
      simulator.world.addComment(quiet, { text: `reply ${n}`, parent_id: thread?.id ?? '' });
    const { body } = await sync();
    expect(body).toMatchObject({ status: 'succeeded', warnings: [] });
    for (const id of [busy, quiet, none]) expect(await stored(id)).toEqual(onInstagram(id));
    expect(simulator.calls.list({ path: `/${none}/comments` })).toEqual([]);
  });

  test('comments and replies are stored when Instagram refuses to expand replies', async () => {
    const medium = givenMedium(40);
    simulator.scenarios.add({ kind: 'reduce_data', limit: 50, expansions: true, on: { edge: 'media.comments' } });
    expect((await sync()).body).toMatchObject({ status: 'succeeded' });
    expect(await stored(medium)).toEqual(onInstagram(medium));
  });

  test('synced comments are listed newest first, and one thread by itself', async () => {
    const medium = givenMedium(0);
    const first = simulator.world.addComment(medium, { text: 'first', timestamp: 1_790_000_000 });
    simulator.world.addComment(medium, { text: 'answer', parent_id: first.id, timestamp: 1_790_000_060 });
    simulator.world.addComment(medium, { text: 'second', timestamp: 1_790_000_120 });
    await sync();
    const { id } = await pool.one(sql.type(z.strictObject({ id: z.int() }))`SELECT id FROM posts`);
    const all = await invoke(listComments, `/posts/${id}/comments`);
    expect(all.body.results.map(({ text }) => text)).toEqual(['second', 'answer', 'first']);
    const parent = all.body.results.find(({ text }) => text === 'first');
    const replies = await invoke(listComments, `/posts/${id}/comments?parent_id=${parent?.id}`);
    expect(replies.body.results).toMatchObject([{ text: 'answer', parent_id: parent?.id }]);
  });
});

describe('a repeated sync', () => {
  test('a repeated sync does not read the comments of a post whose count is the same', async () => {
    givenMedium(30);
    givenMedium(3);
    await sync();
    simulator.calls.clear();
    expect((await sync()).body).toMatchObject({ status: 'succeeded' });
    expect(commentCalls()).toBe(0);
  });

  test('a repeated sync reads the comments of a post whose count has changed', async () => {
    const [changed, same] = [givenMedium(3), givenMedium(3)];
    await sync();
    simulator.world.addComment(changed, { text: 'new' });
    simulator.calls.clear();
    await sync();
    expect(simulator.calls.count({ path: `/${changed}/comments` })).toBe(1);
    expect(simulator.calls.count({ path: `/${same}/comments` })).toBe(0);
    expect(await stored(changed)).toEqual(onInstagram(changed));
  });

  test('after a week or two a sync reads all comments, because hiding changes no count', async () => {
    const medium = givenMedium(3);
    await sync();
    const [comment] = simulator.world.comments(medium);
    simulator.world.editComment(comment?.id ?? '', { hidden: true });
    await moveClock(pool, '6 days');
    simulator.calls.clear();
    await sync();
    expect(commentCalls()).toBe(0);
    await moveClock(pool, '14 days');
    await sync();
    const hidden = await pool.anyFirst(sql.type(z.strictObject({ instagram_id: z.string() }))`
      SELECT instagram_id FROM comments WHERE hidden
    `);
    expect(hidden).toContain(comment?.id);
  });

  test('a sync without comments included does not read them', async () => {
    givenMedium(3);
    await invoke(startSync, '/sync');
    expect(commentCalls()).toBe(0);
  });
});

describe('what is deleted on Instagram', () => {
  const deleteOne = async () => {
    const medium = givenMedium(12);
    await sync();
    const thread = simulator.world.comments(medium).find(({ parent_id }) => parent_id !== null)?.parent_id;
    const [any] = simulator.world.comments(medium);
    simulator.world.removeComment(thread ?? any?.id ?? '');
    return medium;
  };

  test('a comment deleted on Instagram is marked gone with its replies after a triage', async () => {
    const medium = await deleteOne();
    expect(await stored(medium)).toHaveLength(12);
    await sync();
    expect((await stored(medium)).length).toBeLessThan(12);
    expect(await stored(medium)).toEqual(onInstagram(medium));
  });

  test('a missing comment is not gone during an outage, and the next run asks again', async () => {
    const medium = await deleteOne();
    const outage = simulator.scenarios.add({ kind: 'outage' });
    expect((await sync()).body).toMatchObject({ status: 'succeeded', warnings: ['missing_unconfirmed'] });
    expect(await stored(medium)).toHaveLength(12);
    outage.remove();
    expect((await sync()).body).toMatchObject({ status: 'succeeded', warnings: [] });
    expect(await stored(medium)).toEqual(onInstagram(medium));
  });

  test('a post whose last comment is deleted on Instagram has none here', async () => {
    const medium = givenMedium(2);
    await sync();
    for (const { instagram_id: id } of onInstagram(medium)) simulator.world.removeComment(id);
    await sync();
    expect(await stored(medium)).toEqual([]);
  });
});

test('a comment that a listing leaves out, but Instagram shows by id, stays', async () => {
  const medium = givenMedium(3);
  await sync();
  simulator.world.addComment(medium, { text: 'new' });
  simulator.scenarios.add({ kind: 'short_pages', rows: 1, on: { edge: 'media.comments' } });
  await sync();
  expect(await stored(medium)).toEqual(onInstagram(medium));
});

/** What is noted on the posts, by Instagram's id. */
const withheld = async () => {
  const { body } = await invoke(listPosts, '/posts?limit=100');
  return Object.fromEntries(
    body.results.flatMap((post) => (post.withheld.length > 0 ? [[post.instagram_id, post.withheld]] : [])),
  );
};
const aReason = { what: 'comments', code: 'instagram_error', detail: expect.any(String), retry_at: expect.any(String) };

describe('what Instagram refuses of one post', () => {
  const refusals: [string, Omit<ScenarioInput & { kind: 'error' }, 'kind' | 'on'>][] = [
    ['for want of a permission', { code: 10 }],
    ['as a bad parameter', { code: 100 }],
    ['as missing, although it reads', { code: 100, subcode: 33 }],
    ['for ever as unavailable', { code: 2 }],
  ];
  test.each(refusals)('comments of one post refused %s do not stop the others', async (_, error) => {
    const [first, odd, last] = [givenMedium(3), givenMedium(3), givenMedium(3)];
    simulator.scenarios.add({ kind: 'error', ...error, on: { path: `/${odd}/comments` } });
    expect((await sync()).body).toMatchObject({ status: 'succeeded', warnings: ['comments_withheld'] });
    for (const id of [first, last]) expect(await stored(id)).toEqual(onInstagram(id));
    expect(await withheld()).toEqual({ [odd]: [aReason] });
  });

  test('a refusal of the replies to one comment does not stop other posts', async () => {
    const [first, odd] = [givenMedium(3), givenMedium(0)];
    const thread = simulator.world.addComment(odd, { text: 'thread' });
    for (let n = 0; n < 60; n += 1) simulator.world.addComment(odd, { text: `reply ${n}`, parent_id: thread.id });
    simulator.scenarios.add({ kind: 'error', code: 10, on: { path: `/${thread.id}/replies` } });
    expect((await sync()).body).toMatchObject({ status: 'succeeded', warnings: ['comments_withheld'] });
    expect(await stored(first)).toEqual(onInstagram(first));
    expect(await withheld()).toEqual({ [odd]: [aReason] });
  });

  test('withheld comments are asked for later, and no longer noted once Instagram gives them', async () => {
    const odd = givenMedium(3);
    givenMedium(3);
    const refused = simulator.scenarios.add({ kind: 'error', code: 10, on: { path: `/${odd}/comments` } });
    const calls = () => simulator.calls.count({ path: `/${odd}/comments` });
    await sync();
    const before = calls();
    expect((await sync()).body).toMatchObject({ status: 'succeeded', warnings: ['comments_withheld'] });
    expect(calls()).toBe(before);
    refused.remove();
    await moveClock(pool, '31 minutes');
    expect((await sync()).body).toMatchObject({ status: 'succeeded', warnings: [] });
    expect(await stored(odd)).toEqual(onInstagram(odd));
    expect(await withheld()).toEqual({});
  });

  test('refusals of post after post are the fault of the account', async () => {
    for (let n = 0; n < 8; n += 1) givenMedium(3);
    simulator.scenarios.add({ kind: 'missing_permission', on: onComments });
    expect(await sync()).toMatchObject({ status: 502, body: { code: 'instagram_permission_missing' } });
    expect(await withheld()).toEqual({});
    expect(commentCalls()).toBeLessThan(10);
  });

  test('a comment that cannot be triaged does not fail the run', async () => {
    const medium = givenMedium(3);
    await sync();
    const [gone, odd] = simulator.world.comments(medium);
    simulator.world.removeComment(odd?.id ?? '');
    simulator.scenarios.add({ kind: 'error', code: 2, on: { path: `/${odd?.id}` } });
    expect((await sync()).body).toMatchObject({ status: 'succeeded', warnings: ['missing_unconfirmed'] });
    expect((await stored(medium)).map(({ instagram_id }) => instagram_id)).toContain(gone?.id);
  });
});

test('a post that counts 8 comments and shows none is withheld, nothing is gone, and a later run tries again', async () => {
  const medium = givenMedium(8);
  await sync();
  simulator.world.addComment(medium, { text: 'new' });
  const empty = simulator.scenarios.add({ kind: 'empty_list', on: { edge: 'media.comments' } });
  expect((await sync()).body).toMatchObject({ status: 'succeeded', warnings: ['comments_withheld'] });
  expect((await sync()).body).toMatchObject({ warnings: ['comments_withheld'] });
  expect(await stored(medium)).toHaveLength(8);
  expect(await withheld()).toEqual({ [medium]: [aReason] });
  empty.remove();
  await moveClock(pool, '31 minutes');
  expect((await sync()).body).toMatchObject({ status: 'succeeded', warnings: [] });
  expect(await stored(medium)).toEqual(onInstagram(medium));
  expect(await withheld()).toEqual({});
});

test('a media that is deleted during a run is marked gone, and the run continues', async () => {
  const [doomed, other] = [givenMedium(3), givenMedium(3)];
  await sync();
  simulator.world.addComment(doomed, { text: 'new' });
  simulator.world.addComment(other, { text: 'new' });
  simulator.scenarios.add({ kind: 'vanished_media', ids: [doomed], on: { edge: ['media.comments', 'media'] } });
  expect((await sync()).body).toMatchObject({ status: 'succeeded', warnings: [] });
  expect(await stored(other)).toEqual(onInstagram(other));
  const gone = await pool.anyFirst(sql.type(z.strictObject({ instagram_id: z.string() }))`
    SELECT instagram_id FROM posts WHERE gone_at IS NOT NULL
  `);
  expect(gone).toEqual([doomed]);
});

describe('the walk over an endless listing ends, and what it showed is kept', () => {
  const circles = [
    ['cursors that go round', 2],
    ['the same rows behind new cursors', 0],
  ] as const;

  test.each(circles)('an endless listing of comments ends the walk: %s', async (_, cursors) => {
    const medium = givenMedium(0);
    for (let n = 0; n < 60; n += 1) simulator.world.addComment(medium, { text: `${n}` });
    const other = givenMedium(3);
    simulator.scenarios.add({ kind: 'endless_list', cursors, on: { path: `/${medium}/comments` } });
    expect((await sync()).body).toMatchObject({ status: 'succeeded', warnings: ['comments_withheld'] });
    expect(simulator.calls.count({ path: `/${medium}/comments` })).toBeLessThanOrEqual(25);
    expect(await stored(medium)).toHaveLength(50);
    expect(await stored(other)).toEqual(onInstagram(other));
    expect(await withheld()).toEqual({ [medium]: [aReason] });
  });

  test.each(circles)('an endless listing of replies ends the walk: %s', async (_, cursors) => {
    const medium = givenMedium(0);
    const thread = simulator.world.addComment(medium, { text: 'thread' });
    for (let n = 0; n < 60; n += 1) simulator.world.addComment(medium, { text: `${n}`, parent_id: thread.id });
    const other = givenMedium(3);
    simulator.scenarios.add({ kind: 'endless_list', cursors, on: { edge: 'comment.replies' } });
    expect((await sync()).body).toMatchObject({ status: 'succeeded', warnings: ['comments_withheld'] });
    expect(simulator.calls.count({ edge: 'comment.replies' })).toBeLessThanOrEqual(25);
    expect((await stored(medium)).length).toBeGreaterThanOrEqual(51);
    expect(await stored(other)).toEqual(onInstagram(other));
    expect(await withheld()).toEqual({ [medium]: [aReason] });
  });
});

describe('unreadable parts of an answer', () => {
  const odd: [string, ScenarioInput][] = [
    ['`paging` as an empty list', { kind: 'odd_paging', on: onComments }],
    ['`from` as an empty list', { kind: 'odd_rows', set: { from: [] }, all: true, on: onComments }],
    ['`from` with an empty id', { kind: 'odd_rows', set: { from: { id: '' } }, all: true, on: onComments }],
    ['`user` as a text', { kind: 'odd_rows', set: { user: 'x' }, all: true, on: onComments }],
    ['`like_count` as a text', { kind: 'odd_rows', set: { like_count: '3' }, all: true, on: onComments }],
    ['`hidden` as a text', { kind: 'odd_rows', set: { hidden: 'false' }, all: true, on: onComments }],
  ];
  test.each(odd)('an unreadable part loses nothing else: %s', async (_, scenario) => {
    const medium = givenMedium(12);
    simulator.scenarios.add(scenario);
    expect((await sync()).body).toMatchObject({ status: 'succeeded', warnings: [] });
    expect(await stored(medium)).toEqual(onInstagram(medium));
  });

  test.each([[[]], [{}], [null], ['x'], [{ data: {} }]])('`replies` as %j means no replies', async (replies) => {
    const medium = givenMedium(0);
    simulator.world.addComment(medium, { text: 'a' });
    simulator.scenarios.add({ kind: 'odd_rows', set: { replies }, all: true, on: onComments });
    expect((await sync()).body).toMatchObject({ status: 'succeeded', warnings: [] });
    expect(await stored(medium)).toEqual(onInstagram(medium));
  });

  const unreadable = ['missing_timestamp', 'bad_timestamp', 'only_id', 'missing_id', 'null'] as const;
  test.each(unreadable)('a comment that cannot be read (%s) stays as it is stored', async (how) => {
    const medium = givenMedium(0);
    const add = (text: string, minute: number) =>
      simulator.world.addComment(medium, { text, timestamp: 1_790_000_000 + 60 * minute });
    for (const [minute, text] of ['a', 'b', 'c'].entries()) add(text, minute);
    await sync();
    add('d', 3);
    const trouble = simulator.scenarios.add({ kind: 'malformed_item', how, index: 1, on: onComments });
    simulator.calls.clear();
    expect((await sync()).body).toMatchObject({ status: 'succeeded', warnings: ['rows_unreadable'] });
    expect(await stored(medium)).toEqual(onInstagram(medium));
    const hasId = how.endsWith('timestamp') || how === 'only_id';
    expect(simulator.calls.count({ edge: 'comment' }) === 0).toBe(hasId);
    trouble.remove();
    simulator.calls.clear();
    await sync(); // reads the post again, though its count is the same
    expect(simulator.calls.count({ edge: 'media.comments' })).toBe(1);
  });

  test('comments with nothing but ids on every post mean a missing permission', async () => {
    for (let posts = 0; posts < 4; posts += 1) givenMedium(5);
    simulator.scenarios.add({ kind: 'malformed_item', how: 'only_id', index: null, on: { edge: 'media.comments' } });
    expect(await sync()).toMatchObject({ status: 502, body: { code: 'instagram_permission_missing' } });
  });

  test('comments with nothing but ids on one post are withheld of that post', async () => {
    const [bare, other] = [givenMedium(5), givenMedium(5)];
    const on = { path: `/${bare}/comments` };
    simulator.scenarios.add({ kind: 'malformed_item', how: 'only_id', index: null, on });
    expect((await sync()).body).toMatchObject({ status: 'succeeded', warnings: ['comments_withheld'] });
    expect(await stored(other)).toEqual(onInstagram(other));
  });

  test('an unreadable reply stays as it is stored, too', async () => {
    const medium = givenMedium(0);
    const thread = simulator.world.addComment(medium, { text: 'thread' });
    for (const text of ['a', 'b']) simulator.world.addComment(medium, { text, parent_id: thread.id });
    await sync();
    simulator.world.addComment(medium, { text: 'c' });
    const [, reply] = simulator.world.comments(medium).filter(({ parent_id }) => parent_id === thread.id);
    const replies = { data: [{ id: reply?.id ?? '', text: 'without a time' }] };
    simulator.scenarios.add({ kind: 'odd_rows', set: { replies }, all: true, on: { edge: 'media.comments' } });
    expect((await sync()).body.warnings).toContain('rows_unreadable');
    expect(await stored(medium)).toEqual(onInstagram(medium));
  });
});

describe('Instagram wants to be asked for less', () => {
  test('the page size that worked is kept from page to page, thread to thread and post to post', async () => {
    const media = [givenMedium(0), givenMedium(0), givenMedium(0)];
    for (const medium of media) {
      for (let n = 0; n < 20; n += 1) simulator.world.addComment(medium, { text: `${n}` });
    }
    simulator.scenarios.add({ kind: 'reduce_data', limit: 3, on: onComments });
    expect((await sync()).body).toMatchObject({ status: 'succeeded', warnings: [] });
    for (const medium of media) expect(await stored(medium)).toEqual(onInstagram(medium));
    expect(commentCalls()).toBeLessThanOrEqual(50); // one by one, each of the 21 pages took five
  });

  test('a thread that Instagram refuses to expand is read by itself', async () => {
    const medium = givenMedium(0);
    const thread = simulator.world.addComment(medium, { text: 'thread' });
    simulator.world.addComment(medium, { text: 'reply', parent_id: thread.id });
    simulator.scenarios.add({ kind: 'reduce_data', limit: 50, expansions: true, on: onComments });
    await sync();
    expect(await stored(medium)).toEqual(onInstagram(medium));
  });
});

describe('an interrupted run', () => {
  const faults: [string, ScenarioInput][] = [
    ['throttled', { kind: 'throttle', on: onComments, after: 3, times: 1 }],
    ['connections that are reset', { kind: 'reset', on: onComments, after: 3, times: 5 }],
    ['a cursor that has become invalid', { kind: 'invalid_cursor', on: onComments, after: 1, times: 1 }],
  ];
  test.each(faults)(
    'an interrupted run continues after the last stored page: %s',
    async (_, scenario) => {
      const medium = givenMedium(260);
      simulator.scenarios.add(scenario);
      const first = await invoke(startSync, '/sync', {
        body: { include: ['comments'] },
        headers: { prefer: 'wait=2' },
      });
      for (let turns = 0; turns < 10; turns += 1) {
        takeMessages('sync');
        await letTimePass();
        await deliver(syncWorker, [{ account_id: account.id, sync_run_id: first.body.id }]);
      }
      expect((await invoke(startSync, '/sync')).body).toMatchObject({ status: 'succeeded' });
      expect(await stored(medium)).toEqual(onInstagram(medium));
      const pages = Math.ceil(
        simulator.world.comments(medium).filter(({ parent_id }) => parent_id === null).length / 50,
      );
      expect(simulator.calls.count({ path: `/${medium}/comments`, status: 200 })).toBeLessThanOrEqual(pages + 2);
    },
    30_000,
  );

  test('a fault that does not pass ends the run, and what is stored stays', async () => {
    const medium = givenMedium(120);
    simulator.scenarios.add({ kind: 'expired_token', on: onComments, after: 1 });
    const answer = await sync();
    expect(answer).toMatchObject({ status: 502, body: { code: 'instagram_token_invalid' } });
    expect((await stored(medium)).length).toBeGreaterThanOrEqual(50);
  });
});
