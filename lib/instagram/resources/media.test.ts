import { describe, expect, test } from '@jest/globals';
import { ACCOUNT_ID, aClient, aGraphMedia, failureOf, graph, graphError, useNock } from '../../testing/instagram.ts';
import { ALL_MEDIA_FIELDS, type MediaPageRequest } from './media.ts';

useNock();

type Query = Record<string, string>;
const listing = (query: (asked: Query) => boolean = () => true) =>
  graph()
    .get(`/${ACCOUNT_ID}/media`)
    .query((asked) => query(asked as Query));
const readPage = (request: Partial<MediaPageRequest> = {}) =>
  aClient().media.readPage(ACCOUNT_ID, { limit: 100, after: null, fields: ALL_MEDIA_FIELDS, ...request });
const pageOf = (...data: unknown[]) => ({ data });
const asksFor = (asked: Query, field: string) => new RegExp(`(^|,)${field}([{,]|$)`).test(asked.fields ?? '');

const BARE = {
  instagram_id: '17900000000000001',
  username: null,
  caption: null,
  media_type: 'IMAGE',
  media_product_type: null,
  media_url: null,
  thumbnail_url: null,
  permalink: null,
  shortcode: null,
  alt_text: null,
  timestamp: '2026-01-02T03:04:05Z',
  like_count: null,
  comments_count: null,
  comments_enabled: null,
  children: [],
};

describe('a media object', () => {
  const read = async (fields: Record<string, unknown>) => {
    listing().reply(200, pageOf(aGraphMedia(fields)));
    const { items } = await readPage();
    return items[0];
  };

  test('a media value that Instagram leaves out is null', async () => expect(await read({})).toEqual(BARE));

  test('an empty media value is null', async () =>
    expect(await read({ caption: '', media_url: null, like_count: null, children: null })).toEqual(BARE));

  test('a media object has all its values under our names', async () => {
    const given = {
      username: 'demo',
      caption: 'שלום 👩‍👩‍👧 e\u0301',
      media_type: 'CAROUSEL_ALBUM',
      media_product_type: 'FEED',
      media_url: 'https://cdn.test/1.jpg?oe=1',
      thumbnail_url: 'https://cdn.test/1t.jpg',
      permalink: 'https://www.instagram.com/p/x/',
      shortcode: 'x',
      alt_text: 'A cat',
      like_count: 0,
      comments_count: 3,
    };
    const children = {
      data: [
        { id: '17900000000000002', media_type: 'VIDEO', media_url: 'https://cdn.test/2.mp4', timestamp: 'ignored' },
        { id: '17900000000000003' },
      ],
    };
    expect(await read({ ...given, is_comment_enabled: false, children, is_ai_generated: true })).toEqual({
      ...BARE,
      ...given,
      comments_enabled: false,
      children: [
        {
          instagram_id: '17900000000000002',
          media_type: 'VIDEO',
          media_url: 'https://cdn.test/2.mp4',
          thumbnail_url: null,
        },
        { instagram_id: '17900000000000003', media_type: null, media_url: null, thumbnail_url: null },
      ],
    });
  });

  test('a media type that is new to us stays as it is', async () =>
    expect(await read({ media_type: 'HOLOGRAM' })).toMatchObject({ media_type: 'HOLOGRAM' }));

  test('texts lose what Postgres cannot store, and nothing else', async () => {
    listing().reply(
      200,
      '{"data":[{"id":"1","media_type":"IMAGE","timestamp":"2026-01-02T03:04:05+0000","caption":"a\\u0000b\\ud83dc👍","alt_text":"\\u0000"}]}',
    );
    expect((await readPage()).items[0]).toMatchObject({ caption: 'abc👍', alt_text: null });
  });

  test('a caption of 2,200 emoji is kept', async () => {
    const caption = '👍'.repeat(2200);
    expect(await read({ caption })).toMatchObject({ caption });
  });

  test.each([
    ['no id', { id: undefined }, 'id', null],
    ['an id that would lead elsewhere', { id: '../me' }, 'id', null],
    ['no timestamp', { timestamp: undefined }, 'timestamp', '17900000000000001'],
    ['a timestamp that is none', { timestamp: 'planted' }, 'timestamp', '17900000000000001'],
    ['no type', { media_type: undefined }, 'media_type', '17900000000000001'],
  ])('%s sets the row aside, and no other', async (_name, fields, path, id) => {
    listing().reply(200, pageOf(aGraphMedia(fields), aGraphMedia({ id: '17900000000000002' })));
    const { items, unreadable } = await readPage();
    expect(items).toEqual([{ ...BARE, instagram_id: '17900000000000002' }]);
    expect(unreadable).toEqual([{ id, isBare: false, path }]);
  });

  test.each([
    ['null', null],
    ['a text', 'planted'],
    ['a list', []],
  ])('%s in place of a row is set aside', async (_, row) => {
    listing().reply(200, pageOf(row, aGraphMedia()));
    expect(await readPage()).toMatchObject({ items: [BARE], unreadable: [{ id: null, isBare: false }] });
  });

  test('a row with nothing but an id is reported as bare', async () => {
    listing().reply(200, pageOf({ id: '1' }));
    expect((await readPage()).unreadable).toEqual([{ id: '1', isBare: true, path: 'media_type' }]);
  });

  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['a count as a text', { like_count: '3' }, { like_count: 3 }],
    ['a count that is none', { like_count: 1.5, comments_count: -1 }, {}],
    ['a count of another kind', { like_count: {}, comments_count: [] }, {}],
    ['a text that is a number', { caption: 2026 }, { caption: '2026' }],
    ['texts of another kind', { caption: { planted: 1 }, username: [], alt_text: false }, {}],
    ['a flag as a text', { is_comment_enabled: 'false' }, { comments_enabled: false }],
    ['a flag that is none', { is_comment_enabled: 'planted' }, {}],
    ['an id as a number', { id: 4711 }, { instagram_id: '4711' }],
    ['children that are an empty list', { children: [] }, {}],
    ['children that are an empty object', { children: {} }, {}],
    ['children whose data are none', { children: { data: {} } }, {}],
    ['children of another kind', { children: 'planted' }, {}],
  ])('%s is read as what it most likely means', async (_, given, expected) =>
    expect(await read(given)).toEqual({ ...BARE, ...expected }),
  );

  test('album parts in a plain list are read, except one without an id', async () => {
    const part = { media_type: 'IMAGE', media_url: null, thumbnail_url: null };
    expect(await read({ children: [{ id: '2', media_type: 'IMAGE' }, { media_type: 'IMAGE' }, null] })).toEqual({
      ...BARE,
      children: [{ instagram_id: '2', ...part }],
    });
  });
});

describe('a page of media', () => {
  const NEXT = 'https://graph.instagram.com/v25.0/1/media?access_token=T&after=fromNext';

  test.each([
    ['continues where `next` is', { cursors: { before: 'b', after: 'A' }, next: NEXT }, 'A'],
    ['ends where `next` is absent, whatever the cursors say', { cursors: { before: 'b', after: 'A' } }, null],
    ['ends where `paging` is absent', undefined, null],
    ['ends where `paging` is null', null, null],
    ['ends where `paging` is an empty list', [], null],
    ['ends where `paging` is a text', 'planted', null],
    ['ends where `next` is empty', { cursors: { after: 'A' }, next: '' }, null],
    ['continues at the cursor inside `next` beside unreadable ones', { cursors: [], next: NEXT }, 'fromNext'],
    ['continues at the cursor inside `next`', { next: NEXT }, 'fromNext'],
    ['continues at the cursor inside `next` beside an empty one', { cursors: { after: '' }, next: NEXT }, 'fromNext'],
  ])('a page %s', async (_name, paging, after) => {
    listing().reply(200, { data: [], paging });
    expect(await readPage()).toEqual({
      items: [],
      unreadable: [],
      after,
      used: { limit: 100, fields: ALL_MEDIA_FIELDS },
    });
  });

  test('a page with a `next` without a position is malformed, as the rest must not be lost unnoticed', async () => {
    listing().reply(200, { data: [], paging: { next: 'https://graph.instagram.com/more' } });
    expect((await failureOf(readPage())).message).toContain('paging.cursors.after');
  });

  test('a page without `data` is malformed', async () => {
    listing().reply(200, { paging: {} });
    expect((await failureOf(readPage())).message).toContain('data');
  });

  test('a page is asked for by limit, position and time', async () => {
    listing((asked) => asked.limit === '25' && asked.after === 'A' && asked.until === '1700000000').reply(
      200,
      pageOf(),
    );
    await readPage({ limit: 25, after: 'A', until: 1_700_000_000 });
    listing((asked) => asked.limit === '100' && !('after' in asked) && !('until' in asked)).reply(200, pageOf());
    await readPage({ limit: 5000 });
  });

  test('a page asks for album parts inside the listing', async () => {
    listing((asked) => (asked.fields ?? '').endsWith(',children{id,media_type,media_url,thumbnail_url}')).reply(
      200,
      pageOf(),
    );
    await readPage();
  });

  test('a page asks for the fields of a stored field set, and always for the required ones', async () => {
    listing((asked) => asked.fields === 'id,timestamp,media_type,caption').reply(200, pageOf());
    expect(await readPage({ fields: ['caption', 'of_an_older_version'] })).toMatchObject({
      used: { fields: ['id', 'timestamp', 'media_type', 'caption'] },
    });
  });
});

describe('where Instagram refuses', () => {
  const nonexisting = (field: string) =>
    graphError(100, undefined, { message: `(#100) Tried accessing nonexisting field (${field}) on node type (Media)` });
  const tooMuch = graphError(1, undefined, {
    message: "Please reduce the amount of data you're asking for, then retry your request",
  });

  test('a field that Instagram names when it refuses is left out', async () => {
    listing((asked) => asksFor(asked, 'alt_text')).reply(400, nonexisting('alt_text'));
    listing((asked) => !asksFor(asked, 'alt_text') && asksFor(asked, 'shortcode')).reply(400, nonexisting('shortcode'));
    listing((asked) => !asksFor(asked, 'alt_text') && !asksFor(asked, 'shortcode')).reply(200, pageOf(aGraphMedia()));
    const { used, items } = await readPage();
    expect(used.fields).toEqual(ALL_MEDIA_FIELDS.filter((field) => field !== 'alt_text' && field !== 'shortcode'));
    expect(items).toEqual([BARE]);
  });

  test('a field refused of media is not asked for of album parts either', async () => {
    listing().reply(400, nonexisting('thumbnail_url'));
    listing((asked) => !(asked.fields ?? '').includes('thumbnail_url')).reply(200, pageOf());
    await readPage();
  });

  test.each([
    ['one unreadable row', graphError(9005, undefined, { message: 'Video content was not found' })],
    ['a parameter it does not name', graphError(100, undefined, { message: '(#100) Invalid parameter' })],
    ['a field that was not asked for', nonexisting('unheard_of')],
  ])('after %s first fewer fields are asked for, then only the core ones', async (_name, refusal) => {
    listing((asked) => asksFor(asked, 'children')).reply(400, refusal);
    listing((asked) => !asksFor(asked, 'children') && asksFor(asked, 'media_url')).reply(400, refusal);
    listing((asked) => asked.fields === 'id,timestamp,media_type,caption,permalink').reply(200, pageOf(aGraphMedia()));
    const { used } = await readPage();
    expect(used).toEqual({ limit: 100, fields: ['id', 'timestamp', 'media_type', 'caption', 'permalink'] });
  });

  test('the refusal of a required field is an error', async () => {
    listing().times(3).reply(400, nonexisting('timestamp'));
    expect(await failureOf(readPage())).toMatchObject({ kind: 'rejected', hint: { field: 'timestamp' } });
  });

  test('after too much data the page is halved down to one item, then asked for without the expansion', async () => {
    for (const limit of ['100', '50', '25', '12', '6', '3', '1'])
      listing((asked) => asked.limit === limit && asksFor(asked, 'children')).reply(500, tooMuch);
    listing((asked) => asked.limit === '1' && !asksFor(asked, 'children')).reply(200, pageOf(aGraphMedia()));
    const { used } = await readPage();
    expect(used).toEqual({ limit: 1, fields: ALL_MEDIA_FIELDS.filter((field) => field !== 'children') });
  });

  test('too much data is an error when nothing is left to leave out', async () => {
    listing().times(2).reply(500, tooMuch);
    expect(await failureOf(readPage({ limit: 1 }))).toMatchObject({ kind: 'transient', hint: 'reduce' });
  });

  test('a halved page says the size that was used', async () => {
    listing((asked) => asked.limit === '100').reply(500, tooMuch);
    listing((asked) => asked.limit === '50').reply(200, pageOf());
    expect((await readPage()).used).toEqual({ limit: 50, fields: ALL_MEDIA_FIELDS });
  });

  test('a position that Instagram no longer knows is reported', async () => {
    listing().reply(400, graphError(100, undefined, { message: '(#100) Invalid cursors values' }));
    expect(await failureOf(readPage({ after: 'dead' }))).toMatchObject({ hint: 'invalid_cursor' });
  });

  test('a refused parameter is taken for the position when fewer fields do not help', async () => {
    listing().times(3).reply(400, graphError(100));
    expect(await failureOf(readPage({ after: 'dead' }))).toMatchObject({ hint: 'invalid_cursor', code: 100 });
    listing().times(3).reply(400, graphError(100));
    expect(await failureOf(readPage())).toMatchObject({ hint: 'core_fields' });
  });

  test.each([
    ['100/33', graphError(100, 33), 'missing'],
    ['a missing permission', graphError(10), 'permission'],
    ['throttling', graphError(4), 'throttled'],
  ])('after %s less is not asked for', async (_name, refusal, kind) => {
    listing().reply(400, refusal);
    expect(await failureOf(readPage({ after: 'A' }))).toMatchObject({ kind });
  });

  test('a transient error between two refusals is retried', async () => {
    listing().reply(400, nonexisting('alt_text'));
    listing().reply(502, '<html></html>');
    listing().reply(200, pageOf());
    expect((await readPage()).used.fields).not.toContain('alt_text');
  });
});

describe('get', () => {
  test.each([
    ['nothing but an id', { id: '17900000000000001' }, 'fields_withheld', 'permission', 'instagram_permission_missing'],
    ['no timestamp', { id: '17900000000000001', media_type: 'IMAGE' }, 'malformed', 'malformed', 'instagram_error'],
  ])('one media object with %s is an error', async (_, answer, failure, kind, problemCode) => {
    graph().get('/17900000000000001').query(true).reply(200, answer);
    const error = await failureOf(aClient().media.get('17900000000000001'));
    expect(error).toMatchObject({ failure, kind, problemCode });
  });

  test('one media object is read without the fields that Instagram refuses', async () => {
    const one = () => graph().get('/17900000000000001');
    one()
      .query((asked) => asksFor(asked as Query, 'children'))
      .reply(400, graphError(9005));
    one()
      .query((asked) => !asksFor(asked as Query, 'children'))
      .reply(200, aGraphMedia());
    await expect(aClient().media.get('17900000000000001')).resolves.toEqual(BARE);
  });
});
