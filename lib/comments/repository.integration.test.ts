/** Rows of comments where two writers meet. */
import { expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { z } from 'zod';
import { startCommentService } from '../testing/comments.ts';
import { createCommentRepository } from './repository.ts';
import { storeComments } from './store-comments.ts';

const { pool, account, givenPost } = await startCommentService();
const comments = createCommentRepository(pool);

const aComment = (post_id: number, instagram_id: string, id: number) => ({
  account_id: account.id,
  id,
  post_id,
  parent_id: null,
  instagram_id,
  text: 'Thank you!',
  username: 'us',
  timestamp: '2026-01-02T03:04:05Z',
});
const seen = (instagram_id: string) => ({
  instagram_id,
  text: 'Thank you!',
  username: 'us',
  author_ids: [],
  timestamp: '2026-01-02T03:04:05Z',
  like_count: 2,
  hidden: null,
  replies: null,
});

test('a comment that a sync has stored keeps its id and its values when our write of it ends', async () => {
  const { id: post_id } = await givenPost();
  const where = { account_id: account.id, post_id, thread: null, run_id: null, read_at: null };
  await storeComments(pool, { ...where, comments: [seen('17900000000000001')] });
  const stored = await comments.storeWritten(aComment(post_id, '17900000000000001', 7_000_001));
  const { id } = await pool.one(sql.type(z.strictObject({ id: z.int() }))`
    SELECT id FROM comments WHERE instagram_id = '17900000000000001' AND gone_at IS NULL
  `);
  expect(stored).toMatchObject({ id, like_count: 2 });
  expect(id).not.toBe(7_000_001);
});

test('a comment does not get an id that another comment has', async () => {
  const { id: post_id } = await givenPost();
  const first = await comments.storeWritten(aComment(post_id, '17900000000000002', 7_000_002));
  const second = await comments.storeWritten(aComment(post_id, '17900000000000003', 7_000_002));
  expect(first.id).toBe(7_000_002);
  expect(second.id).not.toBe(first.id);
});

test('what Instagram leaves out of a known comment stays as it is stored', async () => {
  const { id: post_id } = await givenPost();
  const where = { account_id: account.id, post_id, thread: null, run_id: null, read_at: null };
  await storeComments(pool, { ...where, comments: [{ ...seen('17900000000000004'), hidden: true }] });
  await storeComments(pool, {
    ...where,
    comments: [{ ...seen('17900000000000004'), hidden: null, username: null, like_count: null }],
  });
  const row = await pool.one(sql.type(
    z.strictObject({ hidden: z.boolean(), username: z.string(), like_count: z.int() }),
  )`
    SELECT hidden, username, like_count FROM comments WHERE instagram_id = '17900000000000004'
  `);
  expect(row).toEqual({ hidden: true, username: 'us', like_count: 2 });
});

test('a reply that is being stored while its comment is deleted is deleted with it', async () => {
  const { id: post_id } = await givenPost();
  const thread = await comments.storeWritten(aComment(post_id, '17900000000000005', 7_000_005));
  const reply = { ...aComment(post_id, '17900000000000006', 7_000_006), parent_id: thread.id };
  const isWaiting = () =>
    pool.oneFirst(sql.type(z.strictObject({ waiting: z.boolean() }))`
      SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock') AS waiting
    `);
  const deletion = await pool.connect(async (connection) => {
    await connection.query(sql.unsafe`BEGIN`);
    await createCommentRepository(connection).storeWritten(reply);
    const waits = comments.markGone({ account_id: account.id, id: thread.id }, null);
    for (let waiting = false; !waiting; ) waiting = await isWaiting();
    await connection.query(sql.unsafe`COMMIT`);
    return { waits };
  });
  await deletion.waits;
  const gone = await pool.anyFirst(sql.type(z.strictObject({ gone: z.boolean() }))`
    SELECT gone_at IS NOT NULL AS gone FROM comments WHERE id IN (${thread.id}, ${reply.id})
  `);
  expect(gone).toEqual([true, true]);
});
