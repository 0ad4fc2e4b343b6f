/** What was read from Instagram before something newer was known changes nothing, however late it is stored. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { createCommentRepository } from '../lib/comments/repository.ts';
import { storeComments } from '../lib/comments/store-comments.ts';
import { databaseNow } from '../lib/database/read-clock.ts';
import { createPostMirror, storePage } from '../lib/posts/index.ts';
import { startCommentService } from '../lib/testing/comments.ts';
import { invoke } from '../lib/testing/invoke.ts';
import { createOpenWrites } from '../lib/testing/open-writes.ts';
import { aMedia } from '../lib/testing/posts.ts';

const service = await startCommentService({ media: [] });
const { pool, simulator, account } = service;
const { givenComment, storedComment, storedSwitch } = createOpenWrites(service);
const { handler: startSync } = await import('./start-sync.ts');
const { handler: getPost } = await import('./get-post.ts');
const { handler: listPosts } = await import('./list-posts.ts');
const { handler: updatePost } = await import('./update-post.ts');
const { handler: updateComment } = await import('./update-comment.ts');
const { handler: deleteComment } = await import('./delete-comment.ts');

const mirror = createPostMirror(pool);
const where = { account_id: account.id, run_id: null };

beforeEach(async () => {
  await pool.query(sql.unsafe`TRUNCATE posts, comments, sync_runs, usage CASCADE`);
  simulator.world.removeMedia(simulator.world.media().map(({ id }) => id));
});

/** Lets a sync read a listing, whose answer then waits while `meanwhile` happens. */
const syncAround = async (edge: string, meanwhile: () => Promise<unknown>) => {
  const late = simulator.scenarios.add({ kind: 'late', on: { edge }, placement: 'after', times: 1 });
  const arrived = simulator.calls.next({ edge });
  const running = invoke(startSync, '/sync', { body: { include: ['comments'] } });
  await arrived;
  await meanwhile();
  late.remove();
  expect(await running).toMatchObject({ status: 200, body: { status: 'succeeded' } });
};

describe('a sync that read a page before a write', () => {
  test('a sync that read before comments were switched off leaves them off; the next sync updates the post', async () => {
    const { post } = await givenComment();
    await syncAround('user.media', async () => {
      expect(await invoke(updatePost, `/posts/${post.id}`, { body: { comments_enabled: false } })).toMatchObject({
        status: 200,
      });
      simulator.world.editMedia(post.instagram_id, { caption: 'Edited' });
    });
    expect(await storedSwitch(post.id)).toBe(false);
    expect((await invoke(getPost, `/posts/${post.id}`)).body.gone_at).toBeNull(); // it was seen, all the same
    await invoke(startSync, '/sync');
    expect((await invoke(getPost, `/posts/${post.id}`)).body.caption).toBe('Edited');
  });

  test('a sync that read before a comment was hidden leaves it hidden', async () => {
    const { id } = await givenComment();
    await syncAround('media.comments', () => invoke(updateComment, `/comments/${id}`, { body: { hidden: true } }));
    expect(await storedComment(id)).toEqual({ hidden: true, gone: false });
  });

  test('a sync that read before a comment was deleted leaves it gone', async () => {
    const { id } = await givenComment();
    await syncAround('media.comments', () => invoke(deleteComment, `/comments/${id}`));
    expect(await storedComment(id)).toMatchObject({ gone: true });
  });

  test('a sync that read before a comment was deleted does not bring its reply', async () => {
    const { id, instagram_id, post } = await givenComment();
    simulator.world.addComment(post.instagram_id, { text: 'Not here before', parent_id: instagram_id });
    await syncAround('media.comments', () => invoke(deleteComment, `/comments/${id}`));
    const listed = await pool.any(sql.unsafe`SELECT id FROM comments WHERE post_id = ${post.id} AND gone_at IS NULL`);
    expect(listed).toEqual([]);
  });
});

describe('posts', () => {
  const list = async () => (await invoke(listPosts, '/posts?include_gone=true')).body.results;
  const before = aMedia({ instagram_id: '1', caption: 'Before', comments_enabled: true, like_count: 1 });
  const after = { ...before, caption: 'After', media_url: 'https://scontent.test/after.jpg', like_count: 2 };

  test('an older page that is stored after a newer one changes only who saw the post last', async () => {
    const older = await databaseNow(pool);
    const newer = await databaseNow(pool);
    await storePage(pool, { ...where, run_id: 7, read_at: newer, media: [after] });
    const stored = await list();
    const page = { ...where, run_id: 8, read_at: older, media: [before] };
    expect(await storePage(pool, page)).toEqual({
      created: 0,
      updated: 0,
      unchanged: 1,
      counted: 0,
      repeated: 0,
      previous_run_ids: [7],
    });
    expect(await list()).toEqual(stored);
    expect(await storePage(pool, page)).toMatchObject({ repeated: 1 });
  });

  test('a post seen later is not gone, and a post found gone later is not there', async () => {
    const older = await databaseNow(pool);
    await storePage(pool, { ...where, read_at: null, media: [before] });
    const [{ id } = { id: 0 }] = await list();
    await mirror.markProbed({ account_id: account.id, id, gone: true, read_at: older });
    expect(await list()).toMatchObject([{ gone_at: null }]);
    await mirror.markProbed({ account_id: account.id, id, gone: true, read_at: await databaseNow(pool) });
    await storePage(pool, { ...where, read_at: older, media: [before] });
    expect(await list()).toMatchObject([{ gone_at: expect.any(String) }]);
    await storePage(pool, { ...where, read_at: await databaseNow(pool), media: [before] });
    expect(await list()).toMatchObject([{ gone_at: null }]);
  });

  test('a comment switch that was set after a read stays as it was set', async () => {
    await storePage(pool, { ...where, read_at: null, media: [before] });
    const [{ id } = { id: 0 }] = await list();
    const older = await databaseNow(pool);
    await mirror.setCommentsEnabled({ account_id: account.id, id, enabled: false, read_at: null });
    await mirror.setCommentsEnabled({ account_id: account.id, id, enabled: true, read_at: older });
    expect(await storedSwitch(id)).toBe(false);
    await mirror.setCommentsEnabled({ account_id: account.id, id, enabled: true, read_at: await databaseNow(pool) });
    expect(await storedSwitch(id)).toBe(true);
  });
});

describe('comments', () => {
  const comments = createCommentRepository(pool);

  test('comments that were deleted, hidden or shown after a read stay so', async () => {
    const { id, instagram_id, post } = await givenComment();
    const key = { account_id: account.id, id };
    const seen = {
      instagram_id,
      text: 'Buy followers',
      username: 'a.visitor',
      author_ids: [],
      timestamp: '2026-01-02T03:04:05Z',
      like_count: 0,
      hidden: false,
      replies: null,
    };
    const see = (read_at: string) =>
      storeComments(pool, { ...where, post_id: post.id, thread: null, read_at, comments: [seen] });

    const first = await databaseNow(pool);
    await comments.setHidden(key, true, null);
    await see(first);
    await comments.setHidden(key, false, first);
    expect(await storedComment(id)).toEqual({ hidden: true, gone: false });
    await comments.markGone(key, first);
    expect(await storedComment(id)).toMatchObject({ gone: false });

    const second = await databaseNow(pool);
    await comments.markGone(key, null);
    await see(second);
    expect(await storedComment(id)).toEqual({ hidden: true, gone: true });
    await see(await databaseNow(pool));
    expect(await storedComment(id)).toEqual({ hidden: false, gone: false });
  });
});
