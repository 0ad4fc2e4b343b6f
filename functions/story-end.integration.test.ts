/** A story is over after a day, and nobody has to ask Instagram for that. */
import { beforeEach, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { createPostMirror } from '../lib/posts/index.ts';
import { startGraphService } from '../lib/testing/graph-service.ts';
import { ACCOUNT_ID } from '../lib/testing/instagram.ts';
import { invoke } from '../lib/testing/invoke.ts';
import { moveClock } from '../lib/testing/move-clock.ts';
import { aMedia, givenPosts } from '../lib/testing/posts.ts';

const { pool, givenAccount } = await startGraphService(); // no call is expected: one that is made fails
const { handler: listPosts } = await import('./list-posts.ts');
const { handler: getPost } = await import('./get-post.ts');
const { handler: postInsights } = await import('./get-post-insights.ts');
const { handler: createComment } = await import('./create-comment.ts');
const account = await givenAccount(ACCOUNT_ID);

const HOUR = 3_600_000;
const ago = (hours: number) => new Date(Date.now() - hours * HOUR).toISOString().replace(/\.\d{3}Z$/, 'Z');
const STORY = { media_product_type: 'STORY', caption: 'Story over the harbour' };

beforeEach(async () => {
  await pool.query(sql.unsafe`TRUNCATE posts CASCADE`);
  await moveClock(pool, '0');
});

const given = (...media: Parameters<typeof aMedia>[0][]) => givenPosts(pool, account, ...media.map(aMedia));
const listed = async (query = '') =>
  (await invoke(listPosts, `/posts?${query}`)).body.results.map(({ instagram_id }) => instagram_id);
const find = async (instagramId: string) => {
  const { body } = await invoke(listPosts, '/posts?include_gone=true');
  const post = body.results.find(({ instagram_id }) => instagram_id === instagramId);
  if (post === undefined) throw new Error(`${instagramId} is not stored`);
  return post;
};

test('a story says when it is over, and other posts say null', async () => {
  await given({ ...STORY, instagram_id: '1', timestamp: '2126-01-02T03:04:05Z' }, { instagram_id: '2' });
  expect(await find('1')).toMatchObject({ expires_at: '2126-01-03T03:04:05Z', gone_at: null });
  expect(await find('2')).toMatchObject({ expires_at: null, gone_at: null });
});

test('a story that is over is gone from lists and searches, without a call', async () => {
  await given({ ...STORY, instagram_id: '1', timestamp: ago(2) }, { instagram_id: '2', timestamp: ago(3) });
  for (const query of ['', 'q=harbour', 'q=ha', 'media_type=IMAGE']) expect(await listed(query)).toEqual(['1', '2']);

  await moveClock(pool, '23 hours');
  for (const query of ['', 'q=harbour', 'q=ha', 'media_type=IMAGE']) expect(await listed(query)).toEqual(['2']);
  expect(await listed('include_gone=true')).toEqual(['1', '2']);
  const story = await find('1');
  expect(story.gone_at).toBe(story.expires_at);
  expect((await invoke(getPost, `/posts/${story.id}`)).body).toEqual(story);
});

test('a story that is over has no figures and takes no comments', async () => {
  await given({ ...STORY, instagram_id: '1', timestamp: ago(25) });
  const { id } = await find('1');
  expect(await invoke(postInsights, `/posts/${id}/insights`)).toMatchObject({
    status: 410,
    body: { code: 'media_gone' },
  });
  const comment = { body: { text: 'Hello' } };
  expect(await invoke(createComment, `/posts/${id}/comment`, comment)).toMatchObject({ status: 410 });
});

test('a story that is over is no neighbour, and stories do not count for the shrink guard', async () => {
  await given(
    { ...STORY, instagram_id: '1', timestamp: ago(25) },
    { ...STORY, instagram_id: '2', timestamp: ago(2) },
    { instagram_id: '3' },
    { instagram_id: '4' },
  );
  const { id } = await find('4');
  const others = await createPostMirror(pool).findOthers({ account_id: account.id, id, limit: 10 });
  expect(others.map(({ instagram_id }) => instagram_id)).toEqual(['2', '3']);
  expect(await createPostMirror(pool).countLive({ account_id: account.id })).toBe(2);
  await pool.query(sql.unsafe`UPDATE posts SET gone_at = service_now() WHERE instagram_id IN ('1', '2')`);
  expect(await createPostMirror(pool).countGoneSince({ account_id: account.id, days: 7 })).toBe(0);
});

test('a story that was stored by an older release has an end, too', async () => {
  await pool.query(sql.unsafe`
    INSERT INTO posts (account_id, id, instagram_id, media_type, media_product_type, posted_at, synced_at)
    VALUES (${account.id}, next_row_id(${account.id}), '9', 'IMAGE', 'STORY', '2026-03-29T00:30:00Z', service_now())
  `);
  expect(await find('9')).toMatchObject({ expires_at: '2026-03-30T00:30:00Z', gone_at: '2026-03-30T00:30:00Z' });
});
