import { beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { invoke } from '../lib/testing/invoke.ts';
import { createTestDatabase } from '../lib/testing/postgres.ts';
import { aMedia, givenAccount, givenPosts } from '../lib/testing/posts.ts';

const { pool } = await createTestDatabase();
const { handler: listPosts } = await import('./list-posts.ts');
const { handler: getPost } = await import('./get-post.ts');

const account = await givenAccount(pool, '1');
beforeEach(async () => {
  await pool.query(sql.unsafe`TRUNCATE posts CASCADE`);
  await pool.query(sql.unsafe`DELETE FROM accounts WHERE id <> ${account.id}`);
});

const at = (second: number) => `2026-01-02T03:04:${String(second).padStart(2, '0')}Z`;
const given = (...media: Parameters<typeof aMedia>[0][]) => givenPosts(pool, account, ...media.map(aMedia));
const idsOf = ({ body }: { body: { results: readonly { instagram_id: string }[] } }) =>
  body.results.map(({ instagram_id }) => instagram_id);
const search = async (q: string) => idsOf(await invoke(listPosts, `/posts?q=${encodeURIComponent(q)}`));
const markGone = (instagramId: string) =>
  pool.query(sql.unsafe`UPDATE posts SET gone_at = '2026-02-01T00:00:00Z' WHERE instagram_id = ${instagramId}`);

/** Every page from the first link on, by following `link`. */
const follow = async (first: string, link: 'next' | 'previous') => {
  const pages: string[][] = [];
  let target: string | null = first;
  while (target !== null) {
    const page: Awaited<ReturnType<typeof invoke<typeof listPosts.contract>>> = await invoke(listPosts, target);
    pages.push(idsOf(page));
    target = page.body[link];
  }
  return pages;
};

describe('pages', () => {
  test('pages have no gaps or repeats when posts share a timestamp', async () => {
    await given({ instagram_id: 'a' }, { instagram_id: 'b' }, { instagram_id: 'c' }, { instagram_id: 'd' });
    const pages = await follow('/posts?limit=1', 'next');
    expect(pages.flat()).toEqual(['d', 'c', 'b', 'a']);
  });

  test('pages lead back the same way, each newest first', async () => {
    await given(...[1, 2, 3, 4, 5].map((n) => ({ instagram_id: `p${n}`, timestamp: at(n) })));
    const first = await invoke(listPosts, '/posts?limit=2');
    const second = await invoke(listPosts, first.body.next);
    const third = await invoke(listPosts, second.body.next);
    expect([first, second, third].map(idsOf)).toEqual([['p5', 'p4'], ['p3', 'p2'], ['p1']]);
    expect(first.body.previous).toBeNull();
    expect(third.body.next).toBeNull();
    const back = await invoke(listPosts, third.body.previous);
    expect(idsOf(back)).toEqual(['p3', 'p2']);
    expect(idsOf(await invoke(listPosts, back.body.previous))).toEqual(['p5', 'p4']);
    expect(idsOf(await invoke(listPosts, back.body.next))).toEqual(['p1']);
  });

  test('pages neither skip nor repeat posts when newer posts arrive in between', async () => {
    await given(...[1, 2, 3].map((n) => ({ instagram_id: `p${n}`, timestamp: at(n) })));
    const first = await invoke(listPosts, '/posts?limit=2');
    await given({ instagram_id: 'new', timestamp: at(50) });
    expect(idsOf(await invoke(listPosts, first.body.next))).toEqual(['p1']);
    const newer = await invoke(listPosts, (await invoke(listPosts, first.body.next)).body.previous);
    expect(idsOf(newer)).toEqual(['p3', 'p2']);
    expect(idsOf(await invoke(listPosts, newer.body.previous))).toEqual(['new']);
  });

  test('links to pages have the host that the client used, and its filters', async () => {
    await given({ instagram_id: 'a' }, { instagram_id: 'b' });
    const { body } = await invoke(listPosts, 'https://api.test/api/v1/posts?media_type=IMAGE&limit=1');
    expect(body.next).toMatch(/^https:\/\/api\.test\/api\/v1\/posts\?media_type=IMAGE&limit=1&cursor=/);
  });

  test('an empty list is one page without links', async () => {
    expect((await invoke(listPosts, '/posts')).body).toEqual({ next: null, previous: null, results: [] });
  });
});

describe('a post', () => {
  test('a post has null, and no children, for what Instagram leaves out, and none of our own columns', async () => {
    await given({
      instagram_id: '17895695668004550',
      caption: null,
      media_url: null,
      like_count: null,
      comments_enabled: null,
      media_type: 'HOLOGRAM',
    });
    const { body } = await invoke(listPosts, '/posts');
    expect(body.results).toEqual([
      {
        id: expect.any(Number),
        account_id: account.id,
        instagram_id: '17895695668004550',
        username: 'harbour.house',
        caption: null,
        media_type: 'HOLOGRAM',
        media_product_type: 'FEED',
        media_url: null,
        thumbnail_url: null,
        permalink: 'https://www.instagram.com/p/17895695668004550/',
        shortcode: '17895695668004550',
        alt_text: null,
        timestamp: '2026-01-02T03:04:05Z',
        like_count: null,
        comments_count: 1,
        comments_enabled: null,
        children: [],
        withheld: [],
        expires_at: null,
        gone_at: null,
        synced_at: expect.stringMatching(/Z$/),
        created_at: expect.stringMatching(/Z$/),
        updated_at: expect.stringMatching(/Z$/),
      },
    ]);
    const [post] = body.results;
    expect((post?.id ?? 0) % 1024).toBe(account.id); // an id alone names its future partition
    expect((await invoke(getPost, `/posts/${post?.id}`)).body).toEqual(post);
  });

  test('a gone post is given by its id, and listed only when asked for', async () => {
    await given({ instagram_id: 'here', timestamp: at(1) }, { instagram_id: 'gone', timestamp: at(2) });
    await markGone('gone');
    expect(idsOf(await invoke(listPosts, '/posts'))).toEqual(['here']);
    const all = await invoke(listPosts, '/posts?include_gone=true');
    expect(idsOf(all)).toEqual(['gone', 'here']);
    const gone = await invoke(getPost, `/posts/${all.body.results[0]?.id}`);
    expect(gone).toMatchObject({ status: 200, body: { gone_at: '2026-02-01T00:00:00Z' } });
  });

  test.each(['0', '-1', '1.5', '100000000000000000000', "'; DROP TABLE posts", '%00', '9007199254740991', 'abc'])(
    'a post with the id %s is not found',
    async (id) => {
      const answer = await invoke(getPost, `/posts/${encodeURIComponent(id)}`);
      expect(answer).toMatchObject({ status: 404, body: { code: 'post_not_found' } });
    },
  );
});

describe('filters', () => {
  beforeEach(() =>
    given(
      { instagram_id: 'first', timestamp: '2026-01-01T23:59:59Z', media_type: 'VIDEO' },
      { instagram_id: 'second', timestamp: '2026-01-02T00:00:00Z' },
      { instagram_id: 'third', timestamp: '2026-01-03T12:00:00Z', media_type: 'VIDEO' },
    ),
  );

  test.each([
    ['media_type=VIDEO', ['third', 'first']],
    ['media_type=video', ['third', 'first']],
    ['media_type=carousel_album', []],
    ['since=2026-01-02T00:00:00Z', ['third', 'second']],
    ['since=2026-01-02', ['third', 'second']],
    ['since=2026-01-02T02:00:00%2B02:00', ['third', 'second']],
    ['until=2026-01-02T00:00:00Z', ['second', 'first']],
    ['until=2026-01-01', ['first']],
    ['since=2026-01-02&until=2026-01-02', ['second']],
    ['since=0001-01-01&until=9999-12-31', ['third', 'second', 'first']],
    ['since=2027-01-01&until=2026-01-01', []],
    ['media_type=VIDEO&since=2026-01-02', ['third']],
    ['q=', ['third', 'second', 'first']],
    ['nonsense=1', ['third', 'second', 'first']],
  ])('posts are filtered by ?%s', async (query, expected) => {
    expect(idsOf(await invoke(listPosts, `/posts?${query}`))).toEqual(expected);
  });

  test.each([
    'limit=0',
    'limit=101',
    'limit=-1',
    'limit=1.5',
    'limit=ten',
    'limit=',
    'limit=1&limit=2',
    'media_type=',
    "media_type=IMAGE'--",
    'media_type=GIF',
    'since=yesterday',
    'since=2026-02-30',
    'since=2026-01-01T00:00:00',
    'since=0000-01-01',
    'until=9999-12-31T23:59:59-23:59',
    'until=12026-01-01',
    'include_gone=yes',
    'account_id=0',
    'account_id=1e3',
    'account_id=9007199254740992',
    'q=%00',
  ])('?%s is refused, and the answer says where', async (query) => {
    const answer = await invoke(listPosts, `/posts?${query}`);
    expect(answer).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
    const message = expect.stringMatching(/^must /); // in words, not as a pattern
    expect(answer.body).toMatchObject({ errors: [{ path: query.slice(0, query.indexOf('=')), message }] });
  });
});

test('a media type that Instagram does not have is refused, and those that it has are listed', async () => {
  const answer = await invoke(listPosts, '/posts?media_type=CAT');
  expect(answer.body).toMatchObject({
    errors: [{ path: 'media_type', message: 'must be one of IMAGE, VIDEO, CAROUSEL_ALBUM' }],
  });
});

test('?q= longer than any caption is refused', async () => {
  const answer = await invoke(listPosts, `/posts?q=${'x'.repeat(2_201)}`);
  expect(answer).toMatchObject({ status: 400, body: { code: 'validation_failed', errors: [{ path: 'q' }] } });
});

describe('a cursor', () => {
  const positionOf = (key: unknown[], version: unknown = 1) =>
    Buffer.from(JSON.stringify([version, 'n', 'AAAAAAAAAAAA', key])).toString('base64url');

  test.each([
    ['no base64', '%%%'],
    ['5,000 characters long', 'A'.repeat(5_000)],
    ['empty', ''],
    ['not JSON', Buffer.from('{').toString('base64url')],
    ['of another version', positionOf(['2026-01-02T03:04:05Z', '1'], 2)],
    ['of another list', positionOf(['2026-01-02T03:04:05Z', '1'])],
  ])('a cursor that is %s is refused', async (_, cursor) => {
    const answer = await invoke(listPosts, `/posts?cursor=${encodeURIComponent(cursor)}`);
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_cursor' } });
  });

  test.each([
    [['0000-01-01T00:00:00Z', '1']],
    [['2026-02-30T00:00:00Z', '1']],
    [['2026-01-02T03:04:05.123Z', '1']],
    [['2026-01-02T03:04:05Z', '99999999999999999999']],
    [['2026-01-02T03:04:05Z', "1'; DROP TABLE posts"]],
    [['2026-01-02T03:04:05Z']],
    [['infinity', '1']],
  ])('a cursor with the forged key %j is refused', async (key) => {
    await given({ instagram_id: 'a' }, { instagram_id: 'b' });
    const { body } = await invoke(listPosts, '/posts?limit=1');
    const genuine = new URL(body.next ?? '').searchParams.get('cursor') ?? '';
    const parts = JSON.parse(Buffer.from(genuine, 'base64url').toString());
    const forged = Buffer.from(JSON.stringify([...parts.slice(0, 3), key])).toString('base64url');
    const answer = await invoke(listPosts, `/posts?limit=1&cursor=${forged}`);
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_cursor' } });
  });

  test('a cursor of one filter is refused with another', async () => {
    await given({ instagram_id: 'a' }, { instagram_id: 'b' });
    const { body } = await invoke(listPosts, '/posts?limit=1');
    const answer = await invoke(listPosts, `${body.next}&media_type=IMAGE`);
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_cursor' } });
  });
});

describe('search', () => {
  test.each([
    ['harbour', 'Over the HARBOUR'],
    ['HARBOUR', 'over the harbour'],
    ['ür', 'Grüße für Dich'],
    ['ПРИВЕТ', 'Большой привет из порта'],
    ['東京', '夜の東京タワー'],
    ['東京タワー', '夜の東京タワー'],
    ['กรุงเทพ', 'สวัสดีกรุงเทพ'],
    ['مرحبا', 'مرحبا بالعالم'],
    ['🌅', 'Morning 🌅!'],
    ['🌅🌊⛵', 'Out 🌅🌊⛵ again'],
    ['100%', 'All of it: 100% wool'],
    ['a_b', 'snake a_b case'],
    ['c:\\dir', 'On c:\\dir it lies'],
    ["o'brien", "O'Brien was here"],
    ['abc', 'ＡＢＣ in full width'],
    ['ﬁsh', 'Fresh fish'],
    ['é', 'Cafe\u0301 in two code points'],
    ['x', 'x'],
  ])('a search for %s finds “%s”', async (q, caption) => {
    await given({ instagram_id: 'hit', caption }, { instagram_id: 'other', caption: 'Nothing of that kind' });
    expect(await search(q)).toEqual(['hit']);
  });

  test.each(['%', '_', '\\', '%%%', '___', '\\%', 'harbor', '%our', 'h_rbour', '٪', '\u{10ffff}'])(
    'a search for %s finds no caption without it',
    async (q) => {
      await given({ instagram_id: 'a', caption: 'Over the harbour' }, { instagram_id: 'b', caption: null });
      expect(await search(q)).toEqual([]);
    },
  );

  test('a search for 2,200 characters finds the one caption of that length', async () => {
    const caption = 'Ж'.repeat(2_199);
    await given({ instagram_id: 'longest', caption: `${caption}!` }, { instagram_id: 'shorter', caption });
    expect(await search(`${caption}!`)).toEqual(['longest']);
  });

  test('a search has pages in both directions, also with other filters', async () => {
    await given(
      ...[1, 2, 3, 4, 5].map((n) => ({ instagram_id: `p${n}`, timestamp: at(n), caption: `sunrise ${n}` })),
      { instagram_id: 'video', timestamp: at(9), caption: 'sunrise', media_type: 'VIDEO' },
      { instagram_id: 'noon', timestamp: at(8), caption: 'noon' },
    );
    const first = '/posts?limit=2&q=sunrise&media_type=IMAGE';
    expect(await follow(first, 'next')).toEqual([['p5', 'p4'], ['p3', 'p2'], ['p1']]);
    const second = await invoke(listPosts, (await invoke(listPosts, first)).body.next);
    expect(idsOf(await invoke(listPosts, second.body.previous))).toEqual(['p5', 'p4']);
  });

  test('a search leaves gone posts out, unless they are asked for', async () => {
    await given({ instagram_id: 'a', caption: 'sunrise' });
    await markGone('a');
    expect(await search('sunrise')).toEqual([]);
    expect(idsOf(await invoke(listPosts, '/posts?q=sunrise&include_gone=true'))).toEqual(['a']);
  });
});

describe('the account', () => {
  test('the account need not be named while there is only one', async () => {
    const other = await givenAccount(pool, '2');
    await given({ instagram_id: 'ours' });
    await givenPosts(pool, other, aMedia({ instagram_id: 'theirs' }));
    for (const query of ['', '?q=harbour']) {
      const answer = await invoke(listPosts, `/posts${query}`);
      expect(answer).toMatchObject({ status: 409, body: { code: 'account_ambiguous' } });
    }
    expect(idsOf(await invoke(listPosts, `/posts?account_id=${account.id}`))).toEqual(['ours']);
    expect(idsOf(await invoke(listPosts, `/posts?account_id=${other.id}&q=harbour`))).toEqual(['theirs']);
  });

  test.each(['', '&q=harbour'])('an account that does not exist is not found (%s)', async (query) => {
    const answer = await invoke(listPosts, `/posts?account_id=9007199254740991${query}`);
    expect(answer).toMatchObject({ status: 404, body: { code: 'account_not_found' } });
  });
});
