import { beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { z } from 'zod';
import { onlyAccount } from '../database/account-scope.ts';
import { createTestDatabase } from '../testing/postgres.ts';
import { aMedia, givenAccount } from '../testing/posts.ts';
import { createPostMirror, type Unseen } from './mirror-repository.ts';
import { createPostRepository } from './repository.ts';
import { storePage } from './write-page-repository.ts';

const { pool } = await createTestDatabase();
const { id: account_id } = await givenAccount(pool, '1');
const mirror = createPostMirror(pool);
const posts = createPostRepository(pool);
beforeEach(() => pool.query(sql.unsafe`TRUNCATE posts CASCADE`));

type Media = ReturnType<typeof aMedia>;
const store = (run_id: number | null, ...media: Media[]) =>
  storePage(pool, { account_id, run_id, read_at: null, media });
const stored = async (instagramId = '1') => {
  const listed = await posts.list({
    scope: onlyAccount(account_id),
    account_id: undefined,
    position: undefined,
    limit: 100,
    include_gone: true,
  });
  const post = listed.find(({ instagram_id }) => instagram_id === instagramId);
  if (post === undefined) throw new Error(`nothing is stored for ${instagramId}`);
  return post;
};
const link = (id: string, host: string) => `https://scontent-${host}.test/v/t51/${id}_n.jpg?oh=${host}&oe=66`;
const album = (host: string, ...ids: string[]) =>
  aMedia({
    instagram_id: '1',
    media_type: 'CAROUSEL_ALBUM',
    media_url: link('1', host),
    children: ids.map((id) => ({
      instagram_id: id,
      media_type: 'IMAGE',
      media_url: link(id, host),
      thumbnail_url: null,
    })),
  });

describe('storing a page', () => {
  test('a stored page counts each post once per run by outcome, and names the runs that saw the posts last', async () => {
    const [a, b, c] = ['1', '2', '3'].map((instagram_id) => aMedia({ instagram_id })) as [Media, Media, Media];
    expect(await store(10, a, b)).toEqual({
      created: 2,
      updated: 0,
      unchanged: 0,
      counted: 0,
      repeated: 0,
      previous_run_ids: [null],
    });
    expect(await store(11, a, { ...b, caption: 'Other' }, c)).toEqual({
      created: 1,
      updated: 1,
      unchanged: 1,
      counted: 0,
      repeated: 0,
      previous_run_ids: [10, null],
    });
    expect(await store(11, { ...a, caption: 'Other' }, c)).toEqual({
      created: 0,
      updated: 0,
      unchanged: 0,
      counted: 0,
      repeated: 2,
      previous_run_ids: [11],
    });
    expect(await stored('1')).toMatchObject({ caption: 'Other' });
  });

  test('a page with the same media twice stores it once', async () => {
    const twice = aMedia({ instagram_id: '1' });
    expect(await store(10, twice, { ...twice, caption: 'Last' })).toMatchObject({ created: 1, unchanged: 0 });
    expect(await stored()).toMatchObject({ caption: 'Last' });
  });

  test('a page without media writes nothing', async () => {
    expect(await store(10)).toMatchObject({ created: 0, previous_run_ids: [] });
  });

  test('a stored page is rolled back with its transaction', async () => {
    const failure = pool.transaction(async (connection) => {
      await storePage(connection, { account_id, run_id: 1, read_at: null, media: [aMedia({ instagram_id: '1' })] });
      throw new Error('the position could not be stored');
    });
    await expect(failure).rejects.toThrow('the position');
    expect(await mirror.countLive({ account_id })).toBe(0);
  });

  test('several writers of the same page at once all succeed, and create each post once', async () => {
    const media = Array.from({ length: 100 }, (_, n) => aMedia({ instagram_id: String(n) }));
    const written = await Promise.all(
      [1, 2, 3, 4].map((run) => store(run, ...(run % 2 === 0 ? media : [...media].reverse()))),
    );
    expect(written.map(({ created }) => created).sort()).toEqual([0, 0, 0, 100]);
    expect(await mirror.countLive({ account_id })).toBe(100);
  });
});

describe('what counts as a change of a post', () => {
  test.each<[string, Partial<Media>]>([
    ['caption', { caption: 'Evening' }],
    ['caption', { caption: null }],
    ['media_type', { media_type: 'VIDEO' }],
    ['media_product_type', { media_product_type: null }],
    ['permalink', { permalink: 'https://www.instagram.com/reel/1/' }],
    ['shortcode', { shortcode: null }],
    ['alt_text', { alt_text: 'A harbour' }],
    ['timestamp', { timestamp: '2026-01-02T03:04:06Z' }],
    ['like_count', { like_count: null }],
    ['like_count', { like_count: 4 }],
    ['comments_count', { comments_count: 2 }],
    ['comments_enabled', { comments_enabled: false }],
    ['username', { username: 'renamed' }],
    ['media_url', { media_url: 'https://scontent-a.test/v/other_n.jpg?oe=1' }],
    ['media_url', { media_url: null }],
    ['thumbnail_url', { thumbnail_url: 'https://scontent-a.test/v/1_t.jpg' }],
  ])('a post counts as updated when its %s changes', async (name, change) => {
    const before = aMedia({ instagram_id: '1' });
    await store(10, before);
    const { updated_at } = await stored();
    const counted = name.endsWith('_count') ? 1 : 0;
    expect(await store(11, { ...before, ...change })).toMatchObject({ updated: 1, unchanged: 0, counted });
    const after = await stored();
    expect(after).toMatchObject({ [name]: change[name as keyof Media] });
    expect(after.updated_at > updated_at).toBe(true);
    expect(await store(12, { ...before, ...change })).toMatchObject({ updated: 0, unchanged: 1 });
  });

  test('a post whose links are only signed anew is not updated, but its new links are stored', async () => {
    await store(10, album('a', '7', '8'));
    const before = await stored();
    expect(await store(11, album('b', '7', '8'))).toMatchObject({ updated: 0, unchanged: 1 });
    const after = await stored();
    expect(after.updated_at).toBe(before.updated_at);
    expect(after.media_url).toBe(link('1', 'b'));
    expect(after.children.map(({ media_url }) => media_url)).toEqual([link('7', 'b'), link('8', 'b')]);
    expect(after.synced_at > before.synced_at).toBe(true);
  });

  test.each([
    ['its parts in another order', ['8', '7']],
    ['one more part', ['7', '8', '9']],
    ['no parts', []],
  ])('an album counts as updated when it has %s', async (_, ids) => {
    await store(10, album('a', '7', '8'));
    expect(await store(11, album('a', ...ids))).toMatchObject({ updated: 1 });
    expect((await stored()).children.map(({ instagram_id }) => instagram_id)).toEqual(ids);
  });

  test('fields that Instagram was not asked for change nothing', async () => {
    const fields = ['id', 'timestamp', 'media_type', 'caption', 'permalink'];
    await store(10, { ...album('a', '7'), alt_text: 'A harbour' });
    const bare = { ...aMedia({ instagram_id: '1', media_type: 'CAROUSEL_ALBUM' }), username: null, media_url: null };
    const page = {
      account_id,
      run_id: 11,
      read_at: null,
      fields,
      media: [{ ...bare, like_count: null, alt_text: null }],
    };
    expect(await storePage(pool, page)).toMatchObject({ updated: 0, unchanged: 1 });
    expect(await stored()).toMatchObject({ alt_text: 'A harbour', like_count: 3, username: 'harbour.house' });
    expect((await stored()).children).toHaveLength(1);
    const changed = { ...page, run_id: 12, media: [{ ...bare, caption: 'Evening' }] };
    expect(await storePage(pool, changed)).toMatchObject({ updated: 1 });
    expect(await stored()).toMatchObject({ caption: 'Evening', alt_text: 'A harbour' });
  });

  test('a post that is seen again after it was gone counts as updated', async () => {
    const media = aMedia({ instagram_id: '1' });
    await store(10, media);
    await mirror.markProbed({ account_id, id: (await stored()).id, gone: true, read_at: null });
    expect(await stored()).toMatchObject({ gone_at: expect.any(String) });
    expect(await store(11, media)).toMatchObject({ updated: 1 });
    expect(await stored()).toMatchObject({ gone_at: null });
  });
});

describe('whatever Instagram sends is stored', () => {
  const emoji = '👩‍👩‍👧‍👦'.repeat(200).slice(0, 2_200);
  test.each<[string, Partial<Media>, Partial<Media>]>([
    ['an unknown type', { media_type: 'HOLOGRAM' }, { media_type: 'HOLOGRAM' }],
    ['NUL, dropped', { caption: 'a\0b', alt_text: '\0' }, { caption: 'ab', alt_text: '' }],
    ['half a surrogate pair, dropped', { caption: 'a\ud83cb' }, { caption: 'ab' }],
    ['2,200 characters of emoji', { caption: emoji }, { caption: emoji.toWellFormed() }],
    ['quotes, braces and backslashes', { caption: '{"a\\",NULL}\'' }, { caption: '{"a\\",NULL}\'' }],
    ['counts beyond 2^31', { like_count: 3_000_000_000 }, { like_count: 3_000_000_000 }],
  ])('%s: the post is stored', async (_, sent, expected) => {
    await store(10, aMedia({ instagram_id: '1', ...sent }));
    expect(await stored()).toMatchObject(expected);
    expect(await store(11, aMedia({ instagram_id: '1', ...sent }))).toMatchObject({ unchanged: 1 });
  });

  test('album parts with odd values are stored too', async () => {
    const part = {
      instagram_id: '7',
      media_type: 'IM\0AGE',
      media_url: 'https://a.test/\ud83c.jpg',
      thumbnail_url: null,
    };
    await store(10, aMedia({ instagram_id: '1', children: [part] }));
    expect((await stored()).children).toEqual([{ ...part, media_type: 'IMAGE', media_url: 'https://a.test/.jpg' }]);
  });
});

test('a repeated page is written in place (HOT), and long captions are not stored again', async () => {
  // Incompressible, so that it must be kept out of line.
  const caption = Array.from({ length: 2_200 }, (_, n) => String.fromCodePoint(0x4e00 + ((n * 7_919) % 20_000))).join(
    '',
  );
  const page = (host: string) =>
    Array.from({ length: 100 }, (_, n) =>
      aMedia({ instagram_id: String(n), caption, media_url: link(String(n), host), like_count: n }),
    );
  const before = await writes();
  await store(10, ...page('a'));
  const first = await writes();
  await store(11, ...page('b')); // one repetition: room for more is made when no transaction elsewhere is in the way
  const repeated = await writes();
  expect(first.toasted - before.toasted).toBeGreaterThanOrEqual(100);
  expect(repeated.updates - first.updates).toBe(100);
  expect((repeated.hot - first.hot) / 100).toBeGreaterThanOrEqual(0.95);
  expect(repeated.toasted - first.toasted).toBe(0);
});

/** What has been written to `posts` so far. A backend reports its counts when it is asked to, or ends. */
const writes = async () => {
  await Promise.all(Array.from({ length: 4 }, () => pool.query(sql.unsafe`SELECT pg_stat_force_next_flush()`)));
  return pool.one(sql.type(z.strictObject({ updates: z.int(), hot: z.int(), toasted: z.int() }))`
    SELECT n_tup_upd AS updates, n_tup_hot_upd AS hot, pg_stat_get_tuples_inserted(reltoastrelid) AS toasted
    FROM pg_stat_user_tables JOIN pg_class ON oid = relid WHERE pg_class.relname = 'posts'
  `);
};

describe('a sync run', () => {
  test('a run knows which posts it has seen', async () => {
    await store(10, aMedia({ instagram_id: '1' }));
    await store(11, aMedia({ instagram_id: '2' }));
    const asked = { account_id, run_id: 10 };
    expect(await mirror.seenInRun({ ...asked, instagram_ids: ['1', '2'] })).toBe(true);
    expect(await mirror.seenInRun({ ...asked, instagram_ids: ['2', '3'] })).toBe(false);
    expect(await mirror.seenInRun({ ...asked, instagram_ids: [] })).toBe(false);
  });

  test('a run finds neighbours among the posts it saw, newest first', async () => {
    await store(10, aMedia({ instagram_id: 'unseen', timestamp: '2026-01-09T00:00:00Z' }));
    const seen = ['1', '2', '3'].map((day) => aMedia({ instagram_id: day, timestamp: `2026-01-0${day}T00:00:00Z` }));
    await store(11, ...seen);
    const neighbours = await mirror.findNeighbours({ account_id, run_id: 11, limit: 2 });
    expect(neighbours.map(({ instagram_id }) => instagram_id)).toEqual(['3', '2']);
  });
});

describe('missing posts', () => {
  const later = '2030-01-01T00:00:00Z';
  const unseen: Unseen = { account_id, run_id: 11, run_started_at: later, floor: null };
  const missing = async (which = unseen) =>
    (await mirror.findMissing({ ...which, limit: 10 })).map(({ instagram_id }) => instagram_id);

  test('missing posts are those only earlier runs saw, newest first, without stories, ads and gone posts', async () => {
    await store(
      10,
      aMedia({ instagram_id: 'old', timestamp: '2026-01-01T00:00:00Z' }),
      aMedia({ instagram_id: 'new', timestamp: '2026-01-02T00:00:00Z', media_product_type: null }),
      aMedia({ instagram_id: 'story', media_product_type: 'STORY' }),
      aMedia({ instagram_id: 'ad', media_product_type: 'AD' }),
      aMedia({ instagram_id: 'gone' }),
      aMedia({ instagram_id: 'seen' }),
    );
    await store(11, aMedia({ instagram_id: 'seen' }));
    await store(null, aMedia({ instagram_id: 'published', timestamp: '2026-01-03T00:00:00Z' }));
    await mirror.markProbed({ account_id, id: (await stored('gone')).id, gone: true, read_at: null });
    expect(await missing()).toEqual(['published', 'new', 'old']);
    expect(await mirror.countMissing(unseen)).toBe(3);
    expect(await mirror.countLive({ account_id })).toBe(4);
    expect(await mirror.countGoneSince({ account_id, days: 7 })).toBe(1);
  });

  test('a post that was published or stored after the run began is not missing', async () => {
    await store(
      10,
      aMedia({ instagram_id: 'future', timestamp: '2031-01-01T00:00:00Z' }),
      aMedia({ instagram_id: '1' }),
    );
    expect(await missing()).toEqual(['1']);
    expect(await missing({ ...unseen, run_started_at: '2026-01-03T00:00:00Z' })).toEqual([]); // stored today, not then
  });

  test('a post that is not newer than the floor is not missing', async () => {
    await store(
      10,
      aMedia({ instagram_id: 'at', timestamp: '2026-01-01T00:00:00Z' }),
      aMedia({ instagram_id: 'above', timestamp: '2026-01-01T00:00:01Z' }),
    );
    expect(await missing({ ...unseen, floor: '2026-01-01T00:00:00Z' })).toEqual(['above']);
  });

  test('a missing post is probed once a run, and posts probed longest ago come first', async () => {
    await store(10, aMedia({ instagram_id: '1' }), aMedia({ instagram_id: '2' }), aMedia({ instagram_id: '3' }));
    await mirror.markProbed({ account_id, id: (await stored('3')).id, gone: false, read_at: null });
    await mirror.markProbed({ account_id, id: (await stored('2')).id, gone: false, read_at: null });
    expect(await missing()).toEqual(['1', '3', '2']);
    await pool.query(sql.unsafe`UPDATE posts SET probed_at = ${later} WHERE instagram_id <> '2'`);
    expect(await missing()).toEqual(['2']);
    expect(await mirror.countMissing(unseen)).toBe(1);
    expect(await stored('2')).toMatchObject({ gone_at: null });
  });

  test('a missing post that is marked gone twice keeps the first date', async () => {
    await store(10, aMedia({ instagram_id: '1' }));
    const { id } = await stored();
    await mirror.markProbed({ account_id, id, gone: true, read_at: null });
    const first = await stored();
    await mirror.markProbed({ account_id, id, gone: true, read_at: null });
    expect(await stored()).toEqual(first);
  });
});
