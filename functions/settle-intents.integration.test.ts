/** What the worker does for requests that ended without an outcome: it finds out, and sends nothing. */
import { beforeAll, beforeEach, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { z } from 'zod';
import { startCommentService } from '../lib/testing/comments.ts';
import { invoke } from '../lib/testing/invoke.ts';

const { pool, simulator, givenPost, ownComments, countStored, takeMessages, deliver, letPass } =
  await startCommentService();
const { handler: createComment } = await import('./create-comment.ts');
const { handler: settleIntents } = await import('./settle-intents.consumer.ts');
const { handler: tick } = await import('./tick.ts');

// The first request of a process also connects to the database; the hurried ones below have no time for that.
beforeAll(async () => {
  expect(await invoke(createComment, '/posts/1/comment', { body: { text: 'Hello' } })).toMatchObject({ status: 404 });
});
beforeEach(async () => {
  await pool.query(sql.unsafe`TRUNCATE posts, comments, intents, usage CASCADE`);
});

/** A request that gives up before it knows. */
const giveUp = async (postId: number, placement: 'before' | 'after') => {
  simulator.scenarios.add({ kind: 'reset', on: { edge: 'media.comment' }, placement });
  simulator.scenarios.add({ kind: 'empty_list', on: { edge: 'media.comments' } });
  const hurried = { body: { text: 'Hello' }, headers: { 'idempotency-key': 'k' }, remainingMs: 2_200 };
  const answer = await invoke(createComment, `/posts/${postId}/comment`, hurried);
  expect(answer).toMatchObject({ status: 504, body: { code: 'outcome_unknown' } });
  simulator.scenarios.clear();
};
const ask = (postId: number) =>
  invoke(createComment, `/posts/${postId}/comment`, { body: { text: 'Hello' }, headers: { 'idempotency-key': 'k' } });
/** More time passes than between any two read-backs: the tick wakes what is due, and the worker reads back. */
const pass = async () => {
  await letPass(90 * 60_000);
  await tick();
  expect(await deliver(settleIntents, takeMessages('intents'))).toBe(0);
};
const state = () => pool.oneFirst(sql.type(z.strictObject({ state: z.string() }))`SELECT state FROM intents`);

test('a comment that is there is found, stored, and answered from then on', async () => {
  const post = await givenPost();
  await giveUp(post.id, 'after');
  await pass();
  expect(await state()).toBe('confirmed');
  expect(await countStored(post.id)).toBe(1);
  simulator.calls.clear();
  const { status, body, headers } = await ask(post.id);
  expect({ status, replayed: headers['idempotent-replayed'] }).toEqual({ status: 201, replayed: 'true' });
  expect(body.instagram_id).toBe(simulator.world.comments(post.instagram_id)[0]?.id);
  expect(simulator.calls.list()).toEqual([]);
});

test('a comment that is not there is not sent, however often anyone is woken', async () => {
  const post = await givenPost();
  await giveUp(post.id, 'before');
  const sends = simulator.calls.count({ edge: 'media.comment' });
  for (let minutes = 0; minutes < 5; minutes += 1) await pass();
  expect(simulator.calls.count({ edge: 'media.comment' })).toBe(sends);
  expect(ownComments(post.instagram_id)).toEqual([]);
  expect(await state()).toBe('unknown');
  expect(await ask(post.id)).toMatchObject({ status: 201 }); // only a request sends
});

test('a message about an intent that is settled, or unknown, changes nothing', async () => {
  const post = await givenPost();
  await ask(post.id);
  const { id, account_id } = await pool.one(sql.type(z.strictObject({ id: z.int(), account_id: z.int() }))`
    SELECT id, account_id FROM intents
  `);
  simulator.calls.clear();
  const messages = [id, id, 999_999].map((intent_id) => ({ account_id, intent_id }));
  expect(await deliver(settleIntents, messages)).toBe(0);
  expect(simulator.calls.list()).toEqual([]);
});
