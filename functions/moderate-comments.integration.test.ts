/** Hiding, deleting and switching: on Instagram, then here, and never here alone. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { z } from 'zod';
import { storeComments } from '../lib/comments/store-comments.ts';
import { startCommentService } from '../lib/testing/comments.ts';
import { invoke } from '../lib/testing/invoke.ts';
import type { ScenarioInput } from '../local/simulator/scenarios/scenarios.ts';

const { pool, simulator, account, givenPost } = await startCommentService();
const { handler: updateComment } = await import('./update-comment.ts');
const { handler: deleteComment } = await import('./delete-comment.ts');
const { handler: updatePost } = await import('./update-post.ts');
const { handler: listComments } = await import('./list-comments.ts');

beforeEach(async () => {
  await pool.query(sql.unsafe`TRUNCATE posts, comments, intents, usage CASCADE`);
  await pool.query(sql.unsafe`UPDATE accounts SET token_state = 'alive'`);
});

const rowSchema = z.strictObject({ hidden: z.boolean(), gone: z.boolean() });
const rowOf = (id: number) =>
  pool.one(sql.type(rowSchema)`SELECT hidden, gone_at IS NOT NULL AS gone FROM comments WHERE id = ${id}`);

/** A post with a comment of somebody else's, stored here. */
const givenComment = async () => {
  const post = await givenPost();
  const { id: instagram_id, timestamp } = simulator.world.addComment(post.instagram_id, { text: 'Buy followers' });
  const comment = { instagram_id, text: 'Buy followers', username: 'a.visitor', author_ids: [], like_count: 0 };
  const seen = { ...comment, timestamp: new Date(timestamp * 1_000).toISOString(), hidden: false, replies: null };
  await storeComments(pool, {
    account_id: account.id,
    post_id: post.id,
    thread: null,
    run_id: null,
    read_at: null,
    comments: [seen],
  });
  const id = await pool.oneFirst(sql.type(z.strictObject({ id: z.int() }))`
    SELECT id FROM comments WHERE instagram_id = ${instagram_id}
  `);
  return { id, instagram_id, post };
};
const onInstagram = (instagramId: string) => {
  const found = simulator.world.find(instagramId);
  return found?.type === 'comment' ? found.comment : null;
};
const hide = (id: number, hidden: unknown) => invoke(updateComment, `/comments/${id}`, { body: { hidden } });
const remove = (id: number) => invoke(deleteComment, `/comments/${id}`);
const enable = (id: number, comments_enabled: unknown) =>
  invoke(updatePost, `/posts/${id}`, { body: { comments_enabled } });

/** Faults after which nobody knows, each once; the write has happened, or not. */
const UNCLEAR = (['reset', 'unavailable', 'truncated'] as const).flatMap((kind) =>
  (['before', 'after'] as const).map((placement): [string, string, ScenarioInput] => [
    kind,
    placement,
    { kind, placement, times: 1 } as ScenarioInput,
  ]),
);

describe('PATCH /comments/{id}', () => {
  test('a comment is hidden and shown again', async () => {
    const { id, instagram_id } = await givenComment();
    for (const hidden of [true, true, false]) {
      expect(await hide(id, hidden)).toMatchObject({ status: 200, body: { id, hidden } });
      expect(onInstagram(instagram_id)?.hidden).toBe(hidden);
      expect(await rowOf(id)).toEqual({ hidden, gone: false });
    }
  });

  test.each(UNCLEAR)('hiding succeeds although a call fails (%s) %s its effect', async (_, __, scenario) => {
    const { id, instagram_id } = await givenComment();
    simulator.scenarios.add({ ...scenario, on: { edge: 'comment.hide' } });
    expect(await hide(id, true)).toMatchObject({ status: 200, body: { hidden: true } });
    expect(onInstagram(instagram_id)?.hidden).toBe(true);
  });

  test('hiding that keeps failing is 504, and changes nothing here', async () => {
    const { id } = await givenComment();
    simulator.scenarios.add({ kind: 'reset', on: { edge: 'comment.hide' } });
    expect(await hide(id, true)).toMatchObject({ status: 504, body: { code: 'outcome_unknown' } });
    expect(await rowOf(id)).toEqual({ hidden: false, gone: false });
  });

  test('hiding a comment that was deleted on Instagram is 410, and marks it gone', async () => {
    const { id, instagram_id } = await givenComment();
    simulator.world.removeComment(instagram_id);
    expect(await hide(id, true)).toMatchObject({ status: 410, body: { code: 'comment_gone' } });
    expect(await rowOf(id)).toMatchObject({ gone: true });
    simulator.calls.clear();
    expect(await hide(id, true)).toMatchObject({ status: 410 });
    expect(simulator.calls.list()).toEqual([]);
  });

  test('hiding a comment during an outage is 502, and marks nothing gone', async () => {
    const { id } = await givenComment();
    simulator.scenarios.add({ kind: 'error', code: 100, subcode: 33, on: { edge: 'comment.hide' } });
    simulator.scenarios.add({ kind: 'outage' });
    expect(await hide(id, true)).toMatchObject({ status: 502, body: { code: 'instagram_error' } });
    expect(await rowOf(id)).toEqual({ hidden: false, gone: false });
  });

  test.each([undefined, null, 'true', 1])('`hidden` as %p is 400', async (hidden) => {
    const { id } = await givenComment();
    expect(await hide(id, hidden)).toMatchObject({ status: 400, body: { errors: [{ path: 'hidden' }] } });
    expect(simulator.calls.list()).toEqual([]);
  });

  test('hiding an unknown comment is 404', async () => {
    expect(await hide(4_097_000, true)).toMatchObject({ status: 404, body: { code: 'comment_not_found' } });
  });
});

describe('DELETE /comments/{id}', () => {
  test('a comment is deleted on Instagram, and left out of lists', async () => {
    const { id, instagram_id, post } = await givenComment();
    expect(await remove(id)).toMatchObject({ status: 204 });
    expect(onInstagram(instagram_id)).toBeNull();
    expect((await invoke(listComments, `/posts/${post.id}/comments`)).body.results).toEqual([]);
    simulator.calls.clear();
    expect(await remove(id)).toMatchObject({ status: 204 });
    expect(simulator.calls.list()).toEqual([]);
  });

  test('deleting a comment that was deleted on Instagram already succeeds', async () => {
    const { id, instagram_id } = await givenComment();
    simulator.world.removeComment(instagram_id);
    expect(await remove(id)).toMatchObject({ status: 204 });
    expect(await rowOf(id)).toMatchObject({ gone: true });
  });

  test.each(UNCLEAR)('deleting succeeds although a call fails (%s) %s its effect', async (_, __, scenario) => {
    const { id, instagram_id } = await givenComment();
    simulator.scenarios.add({ ...scenario, on: { edge: 'comment.delete' } });
    expect(await remove(id)).toMatchObject({ status: 204 });
    expect(onInstagram(instagram_id)).toBeNull();
    expect(await rowOf(id)).toMatchObject({ gone: true });
  });

  test('deleting a comment during an outage is 502, and marks nothing gone', async () => {
    const { id, instagram_id } = await givenComment();
    simulator.scenarios.add({ kind: 'error', code: 100, subcode: 33, on: { edge: 'comment.delete' } });
    simulator.scenarios.add({ kind: 'outage' });
    expect(await remove(id)).toMatchObject({ status: 502, body: { code: 'instagram_error' } });
    expect(await rowOf(id)).toMatchObject({ gone: false });
    expect(onInstagram(instagram_id)).not.toBeNull();
  });

  test('deleting an unknown comment is 404', async () => {
    expect(await remove(4_097_000)).toMatchObject({ status: 404, body: { code: 'comment_not_found' } });
  });
});

describe('PATCH /posts/{id}', () => {
  const isEnabled = (instagramId: string) => {
    const found = simulator.world.find(instagramId);
    return found?.type === 'media' && found.media.is_comment_enabled;
  };

  test('comments of a post are switched off and on', async () => {
    const post = await givenPost();
    for (const enabled of [false, true]) {
      expect(await enable(post.id, enabled)).toMatchObject({
        status: 200,
        body: { id: post.id, comments_enabled: enabled },
      });
      expect(isEnabled(post.instagram_id)).toBe(enabled);
    }
  });

  test.each(UNCLEAR)('switching succeeds although a call fails (%s) %s its effect', async (_, __, scenario) => {
    const post = await givenPost();
    simulator.scenarios.add({ ...scenario, on: { edge: 'media.toggle_comments' } });
    expect(await enable(post.id, false)).toMatchObject({ status: 200, body: { comments_enabled: false } });
    expect(isEnabled(post.instagram_id)).toBe(false);
  });

  test('switching the comments of a post deleted on Instagram is 410, and marks it gone', async () => {
    const [post] = [await givenPost(), await givenPost()];
    simulator.world.removeMedia([post.instagram_id]);
    expect(await enable(post.id, false)).toMatchObject({ status: 410, body: { code: 'media_gone' } });
    simulator.calls.clear();
    expect(await enable(post.id, false)).toMatchObject({ status: 410, body: { code: 'media_gone' } });
    expect(simulator.calls.list()).toEqual([]);
  });

  test('switching the comments of an unknown post is 404, and an invalid body 400', async () => {
    expect(await enable(4_097_000, false)).toMatchObject({ status: 404, body: { code: 'post_not_found' } });
    const post = await givenPost();
    expect(await enable(post.id, 'off')).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'comments_enabled' }] },
    });
  });
});

describe('an account that Instagram stops', () => {
  test('a blocked account writes nothing until the stated time, whatever the write', async () => {
    const { id, post } = await givenComment();
    simulator.scenarios.add({ kind: 'blocked', on: { edge: 'comment.hide' } });
    const first = await hide(id, true);
    expect(first).toMatchObject({ status: 422, body: { code: 'instagram_rejected', instagram: { code: 368 } } });
    expect(first.headers['retry-after']).toBe('900');
    simulator.calls.clear();
    for (const answer of [await hide(id, true), await remove(id), await enable(post.id, false)]) {
      expect(answer).toMatchObject({ status: 503, body: { code: 'writes_blocked' } });
    }
    expect(simulator.calls.list()).toEqual([]);
  });

  test('a throttled account is called once by a request, which reads nothing back', async () => {
    const { id } = await givenComment();
    simulator.calls.clear();
    simulator.scenarios.add({ kind: 'throttle', on: { edge: 'comment.hide' } });
    expect(await hide(id, true)).toMatchObject({ status: 503, body: { code: 'instagram_rate_limited' } });
    expect(simulator.calls.list()).toMatchObject([{ edge: 'comment.hide' }]);
    expect(await hide(id, true)).toMatchObject({ status: 503, body: { code: 'instagram_rate_limited' } });
    expect(simulator.calls.list()).toHaveLength(1);
  });

  test('a dead token is tried once by each request, and revived by a success', async () => {
    const { id } = await givenComment();
    const dead = simulator.scenarios.add({ kind: 'expired_token', on: { edge: 'comment.hide' } });
    expect(await hide(id, true)).toMatchObject({ status: 502, body: { code: 'instagram_token_invalid' } });
    expect(await hide(id, true)).toMatchObject({ status: 502 });
    expect(simulator.calls.count({ edge: 'comment.hide' })).toBe(2);
    dead.remove();
    expect(await hide(id, true)).toMatchObject({ status: 200 });
    const state = await pool.oneFirst(
      sql.type(z.strictObject({ token_state: z.string() }))`SELECT token_state FROM accounts`,
    );
    expect(state).toBe('alive');
  });
});

describe('GET /posts/{id}/comments', () => {
  test('comments are listed in pages, in both directions', async () => {
    const post = await givenPost();
    const seen = Array.from({ length: 5 }, (_, n) => ({
      instagram_id: `1790000000000000${n}`,
      text: `comment ${n}`,
      username: 'a.visitor',
      author_ids: [],
      timestamp: `2026-01-02T03:04:0${Math.floor(n / 2)}Z`, // pairs share a second
      like_count: 0,
      hidden: false,
      replies: null,
    }));
    await storeComments(pool, {
      account_id: account.id,
      post_id: post.id,
      thread: null,
      run_id: null,
      read_at: null,
      comments: seen,
    });
    const first = await invoke(listComments, `/posts/${post.id}/comments?limit=2`);
    const second = await invoke(listComments, first.body.next);
    const third = await invoke(listComments, second.body.next);
    const texts = [first, second, third].flatMap(({ body }) => body.results.map(({ text }) => text));
    expect(texts).toEqual(['comment 4', 'comment 3', 'comment 2', 'comment 1', 'comment 0']);
    expect(third.body.next).toBeNull();
    expect((await invoke(listComments, third.body.previous)).body.results).toEqual(second.body.results);
  });

  test.each([
    ['cursor=nonsense', 400, 'invalid_cursor'],
    [`cursor=${'x'.repeat(5_000)}`, 400, 'invalid_cursor'],
    ['limit=0', 400, 'validation_failed'],
    ['parent_id=-1', 400, 'validation_failed'],
  ])('a list of comments with %s is refused', async (query, status, code) => {
    const post = await givenPost();
    expect(await invoke(listComments, `/posts/${post.id}/comments?${query}`)).toMatchObject({ status, body: { code } });
  });

  test('comments of an unknown post are 404', async () => {
    expect(await invoke(listComments, '/posts/4097000/comments')).toMatchObject({
      status: 404,
      body: { code: 'post_not_found' },
    });
  });
});
