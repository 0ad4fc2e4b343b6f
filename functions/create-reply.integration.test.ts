/** Replies: what they hang on, and that each request has one effect. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { z } from 'zod';
import { storeComments } from '../lib/comments/store-comments.ts';
import { startCommentService } from '../lib/testing/comments.ts';
import { invoke } from '../lib/testing/invoke.ts';
import type { Comment } from '../local/simulator/world/types.ts';

const { pool, simulator, account, givenPost, ownComments, letPass, letTimePass } = await startCommentService();
const { handler: createReply } = await import('./create-reply.ts');

const reply = (commentId: number, text: unknown, headers: Record<string, string> = {}) =>
  invoke(createReply, `/comments/${commentId}/replies`, { body: { text }, headers });
const onReply = { edge: 'comment.reply' } as const;

beforeEach(async () => {
  await pool.query(sql.unsafe`TRUNCATE posts, comments, intents, usage CASCADE`);
});

/** A comment of somebody else's on Instagram, stored here; answers both its ids. */
const givenComment = async (
  post: { id: number; instagram_id: string },
  given: Partial<Omit<Comment, 'media_id'>> = {},
): Promise<{ id: number; instagram_id: string }> => {
  const comment = simulator.world.addComment(post.instagram_id, { text: 'What a view', ...given });
  await storeComments(pool, {
    account_id: account.id,
    post_id: post.id,
    thread: comment.parent_id,
    run_id: null,
    read_at: null,
    comments: [
      {
        instagram_id: comment.id,
        text: comment.text,
        username: comment.username,
        author_ids: [comment.authorId],
        timestamp: new Date(comment.timestamp * 1_000).toISOString(),
        like_count: 0,
        hidden: comment.hidden,
        replies: null,
      },
    ],
  });
  const id = await pool.oneFirst(sql.type(z.strictObject({ id: z.int() }))`
    SELECT id FROM comments WHERE instagram_id = ${comment.id}
  `);
  return { id, instagram_id: comment.id };
};
const parents = (instagramId: string) =>
  simulator.world
    .comments(instagramId)
    .flatMap(({ parent_id, text }) => (parent_id === null ? [] : [[text, parent_id]]));

test('a reply is published under its comment, and stored', async () => {
  const post = await givenPost();
  const comment = await givenComment(post);
  const { status, body } = await reply(comment.id, 'Thank you!');
  expect({ status, body }).toMatchObject({
    status: 201,
    body: { post_id: post.id, parent_id: comment.id, text: 'Thank you!', hidden: false },
  });
  expect(parents(post.instagram_id)).toEqual([['Thank you!', comment.instagram_id]]);
});

test('a reply to a reply goes to the top-level comment', async () => {
  const post = await givenPost();
  const comment = await givenComment(post);
  const first = await givenComment(post, { parent_id: comment.instagram_id, text: 'Indeed' });
  expect(await reply(first.id, 'Thank you both')).toMatchObject({ status: 201, body: { parent_id: comment.id } });
  expect(simulator.calls.list(onReply)).toMatchObject([{ path: `/${comment.instagram_id}/replies` }]);
});

test('a hidden comment cannot be replied to: Instagram says so', async () => {
  const comment = await givenComment(await givenPost(), { hidden: true });
  expect(await reply(comment.id, 'Thank you!')).toMatchObject({ status: 422, body: { code: 'instagram_rejected' } });
});

test('a reply to an unknown comment is 404', async () => {
  expect(await reply(2_049_000, 'x')).toMatchObject({ status: 404, body: { code: 'comment_not_found' } });
  expect(simulator.calls.list()).toEqual([]);
});

test('a reply to a comment deleted on Instagram is 410, and marks it with its replies; later without a call', async () => {
  const post = await givenPost();
  const comment = await givenComment(post);
  const answer = await givenComment(post, { parent_id: comment.instagram_id, text: 'Indeed' });
  simulator.world.removeComment(comment.instagram_id);
  expect(await reply(answer.id, 'Thank you!')).toMatchObject({ status: 410, body: { code: 'comment_gone' } });
  simulator.calls.clear();
  for (const { id } of [comment, answer]) {
    expect(await reply(id, 'Thank you!')).toMatchObject({ status: 410, body: { code: 'comment_gone' } });
  }
  expect(simulator.calls.list()).toEqual([]);
});

test('an outage that denies the comment marks nothing gone', async () => {
  const comment = await givenComment(await givenPost());
  simulator.scenarios.add({ kind: 'error', code: 100, subcode: 33, on: onReply });
  simulator.scenarios.add({ kind: 'outage' });
  expect(await reply(comment.id, 'Thank you!')).toMatchObject({ status: 502, body: { code: 'instagram_error' } });
  const gone = await pool.any(
    sql.type(z.strictObject({ id: z.int() }))`SELECT id FROM comments WHERE gone_at IS NOT NULL`,
  );
  expect(gone).toEqual([]);
});

describe('an answer that was lost', () => {
  test('after a lost answer the reply that is there is found', async () => {
    const post = await givenPost();
    const comment = await givenComment(post);
    simulator.scenarios.add({ kind: 'reset', on: onReply, placement: 'after', times: 1 });
    expect(await reply(comment.id, 'Thank you!', { 'idempotency-key': 'k' })).toMatchObject({ status: 201 });
    expect(await reply(comment.id, 'Thank you!', { 'idempotency-key': 'k' })).toMatchObject({
      status: 201,
      headers: { 'idempotent-replayed': 'true' },
    });
    expect(ownComments(post.instagram_id)).toEqual(['Thank you!']);
  });

  test('after a lost answer and throttling the same key finds the reply, and does not send', async () => {
    const post = await givenPost();
    const comment = await givenComment(post);
    simulator.scenarios.add({ kind: 'throttle', on: onReply, placement: 'after', times: 1 });
    const ask = () => reply(comment.id, 'Thank you!', { 'idempotency-key': 'k' });
    expect(await ask()).toMatchObject({ status: 503, body: { code: 'instagram_rate_limited' } });
    await letTimePass();
    expect(await ask()).toMatchObject({ status: 201 });
    expect(ownComments(post.instagram_id)).toEqual(['Thank you!']);
    expect(simulator.calls.count(onReply)).toBe(1);
  });

  test('a reply that was throttled before it was written is written once, by the same key', async () => {
    const post = await givenPost();
    const comment = await givenComment(post);
    simulator.scenarios.add({ kind: 'throttle', on: onReply, times: 1 });
    const ask = () => reply(comment.id, 'Thank you!', { 'idempotency-key': 'k' });
    expect(await ask()).toMatchObject({ status: 503, body: { code: 'instagram_rate_limited' } });
    await letPass(60 * 60_000);
    expect(await ask()).toMatchObject({ status: 201 });
    expect(ownComments(post.instagram_id)).toEqual(['Thank you!']);
    expect(simulator.calls.count(onReply)).toBe(2);
  });

  test('a reply that got lost is sent again, even if the thread was empty', async () => {
    const post = await givenPost();
    const comment = await givenComment(post);
    simulator.scenarios.add({ kind: 'reset', on: onReply, times: 1 });
    expect(await reply(comment.id, 'Thank you!')).toMatchObject({ status: 201 });
    expect(ownComments(post.instagram_id)).toEqual(['Thank you!']);
    expect(simulator.calls.count(onReply)).toBe(2);
  });

  test('the same words in another thread are not taken for the reply', async () => {
    const post = await givenPost();
    const [one, other] = [await givenComment(post), await givenComment(post)];
    await reply(other.id, 'Thank you!');
    simulator.scenarios.add({ kind: 'reset', on: onReply, times: 1 });
    expect(await reply(one.id, 'Thank you!')).toMatchObject({ status: 201, body: { parent_id: one.id } });
    expect(
      parents(post.instagram_id)
        .map(([, parent]) => parent)
        .sort(),
    ).toEqual([one.instagram_id, other.instagram_id].sort());
  });

  test('a reply is not taken for absent when the post shows no comments at all', async () => {
    const post = await givenPost();
    const comment = await givenComment(post);
    simulator.scenarios.add({ kind: 'reset', on: onReply });
    simulator.scenarios.add({ kind: 'empty_list', on: { edge: ['media.comments', 'comment.replies'] } });
    const hurried = { body: { text: 'Thank you!' }, remainingMs: 2_500 };
    expect(await invoke(createReply, `/comments/${comment.id}/replies`, hurried)).toMatchObject({
      status: 504,
      body: { code: 'outcome_unknown' },
    });
    expect(simulator.calls.count(onReply)).toBe(1);
  });
});
