/** A process stalls between Instagram's answer and its record, while others find its comment. */
import { expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { z } from 'zod';
import { startCommentService } from '../lib/testing/comments.ts';
import { makeCuttable } from '../lib/testing/cuttable-service.ts';
import { invoke } from '../lib/testing/invoke.ts';

const service = await startCommentService();
const { pool, simulator, givenPost, ownComments, countStored, takeMessages, deliver, letPass } = service;
const { toDatabase } = await makeCuttable(service, { connections: 4 });
const { handler: createComment } = await import('./create-comment.ts');
const { handler: settleIntents } = await import('./settle-intents.consumer.ts');
const { handler: tick } = await import('./tick.ts');

const ask = (postId: number, key: string, remainingMs = 29_000) =>
  invoke(createComment, `/posts/${postId}/comment`, {
    body: { text: 'Hello' },
    headers: { 'idempotency-key': key },
    remainingMs,
  });
const settle = async () => {
  await letPass(60_000);
  await tick();
  expect(await deliver(settleIntents, takeMessages('intents'))).toBe(0);
};
const openSchema = z.strictObject({ count: z.int() });
const countToVerify = () => pool.oneFirst(sql.type(openSchema)`SELECT count(*) FROM intents WHERE verify`);

test('what a request without an effect of its own was given is not taken back from it', async () => {
  const post = await givenPost();
  // One is lost on its way, and nobody knows yet.
  simulator.scenarios.add({ kind: 'reset', on: { edge: 'media.comment' }, placement: 'before', times: 1 });
  simulator.scenarios.add({ kind: 'unavailable', on: { edge: 'media.comments' } });
  expect(await ask(post.id, 'lost', 2_200)).toMatchObject({ status: 504, body: { code: 'outcome_unknown' } });
  simulator.scenarios.clear();
  // Another with the same text is done; its process stalls before it can say so.
  const confirmation = toDatabase.hold((request) => request.includes("evidence = 'answer'"));
  const stalled = ask(post.id, 'stalled');
  await confirmation.held;
  expect(ownComments(post.instagram_id)).toEqual(['Hello']);
  // The comment is taken for the first one's; the other is sent again, by its client's next try.
  await settle();
  expect((await ask(post.id, 'lost')).status).toBe(201);
  const again = await ask(post.id, 'stalled');
  expect(again.status).toBe(201);
  confirmation.release();
  expect(await stalled).toMatchObject({ status: 201, body: again.body });

  for (let turns = 0; (await countToVerify()) > 0; turns += 1) {
    expect(turns).toBeLessThan(12);
    await settle();
  }
  expect(ownComments(post.instagram_id)).toEqual(['Hello', 'Hello']);
  expect(await countStored(post.id)).toBe(2);
});
