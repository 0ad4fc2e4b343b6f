import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createSimulator, type Simulator } from '../create-simulator.ts';
import { callGraph, readAll, readLink } from '../testing/call-graph.ts';
import { LONGEST_CAPTION } from '../world/captions.ts';

const FIELDS =
  'id,caption,media_type,media_product_type,media_url,thumbnail_url,permalink,shortcode,alt_text,timestamp,username,like_count,comments_count,is_comment_enabled,children{id,media_type,media_url,thumbnail_url}';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await createSimulator();
});
afterAll(() => simulator.close());
beforeEach(() => simulator.reset());

test('the demo account shows 250 media of every kind, newest first', async () => {
  const pages = await readAll(simulator, `/me/media?limit=100&fields=${FIELDS}`);
  const rows = pages.flat();
  expect(rows).toHaveLength(250);
  expect(new Set(rows.map(({ id }) => id)).size).toBe(250);
  const times = rows.map(({ timestamp }) => timestamp);
  expect(times).toEqual(times.toSorted().reverse());
  expect(times[0]).toMatch(/^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\+0000$/);
  expect(new Set(rows.map(({ media_type }) => media_type))).toEqual(new Set(['IMAGE', 'VIDEO', 'CAROUSEL_ALBUM']));
  expect(rows.filter((row) => row.media_type === 'CAROUSEL_ALBUM').every((row) => row.children.data.length >= 2)).toBe(
    true,
  );
  expect(rows.filter((row) => row.media_type !== 'CAROUSEL_ALBUM').some((row) => 'children' in row)).toBe(false);
});

test('what there is not has no key', async () => {
  const { body } = await callGraph(simulator, `/me/media?fields=${FIELDS}`);
  const has = (key: string) => (row: object) => key in row;
  for (const key of ['caption', 'like_count', 'media_url', 'media_product_type', 'thumbnail_url', 'alt_text']) {
    expect(body.data.some(has(key))).toBe(true);
    expect(body.data.every(has(key))).toBe(false);
  }
  expect(
    body.data.every((row: { media_type: string }) => 'thumbnail_url' in row === (row.media_type === 'VIDEO')),
  ).toBe(true);
  expect(JSON.stringify(body)).not.toContain('null');
});

test('captions of every script pass unchanged, as ASCII on the wire', async () => {
  const caption = '\u0000NUL \ud83c half a pair "quoted" \\ / שלום é 👩🏾‍❤️‍💋‍👩🏻';
  simulator.world.addMedia([{ caption }]);
  const response = await fetch(`${simulator.graphUrls.instagram}/me/media?fields=caption&limit=30`, {
    headers: { Authorization: `Bearer ${simulator.tokens.instagram}` },
  });
  const text = await response.text();
  expect(text).toMatch(/^[\u0020-\u007e]*$/);
  const captions = JSON.parse(text).data.map((row: { caption?: string }) => row.caption);
  expect(captions[0]).toBe(caption);
  expect(captions).toContain(LONGEST_CAPTION);
  expect([...LONGEST_CAPTION]).toHaveLength(2_200);
});

test('pages are 25 by default, at most 100, and refused when absurd', async () => {
  simulator.world.setMediaCount(150);
  const count = async (limit: string) => (await callGraph(simulator, `/me/media?${limit}`)).body.data.length;
  expect(await count('')).toBe(25);
  expect(await count('limit=7')).toBe(7);
  expect(await count('limit=100')).toBe(100);
  expect(await count('limit=250')).toBe(100);
  expect((await callGraph(simulator, '/me/media?limit=500')).body.error).toMatchObject({
    code: 1,
    message: expect.stringContaining('reduce the amount of data'),
  });
  for (const limit of ['-1', 'x', '1.5'])
    expect((await callGraph(simulator, `/me/media?limit=${limit}`)).body.error.code).toBe(100);
});

test('`next` holds the token and is absent on the last page, which still has cursors', async () => {
  simulator.world.setMediaCount(5);
  const first = await callGraph(simulator, '/me/media?limit=3&fields=id');
  expect(new URL(first.body.paging.next).searchParams.get('access_token')).toBe(simulator.tokens.instagram);
  expect(first.body.paging).not.toHaveProperty('previous');
  const last = await readLink(first.body.paging.next);
  expect(last.data).toHaveLength(2);
  expect(last.paging).toEqual({
    cursors: { before: expect.any(String), after: expect.any(String) },
    previous: expect.any(String),
  });
  const back = await readLink(last.paging.previous);
  expect(back.data).toEqual(first.body.data);
  simulator.world.setMediaCount(0);
  expect((await callGraph(simulator, '/me/media')).body).toEqual({ data: [] });
});

test('a page can be short, even empty, with more to come', async () => {
  const pages = await readAll(simulator, '/me/media?limit=25&fields=id');
  const sizes = pages.map((page) => page.length);
  expect(sizes.slice(0, -1).some((size) => size > 0 && size < 25)).toBe(true);
  expect(pages.flat()).toHaveLength(250);
  const narrow = await readAll(simulator, '/me/media?limit=10&fields=id');
  expect(narrow.slice(0, -1).some((page) => page.length === 0)).toBe(true);
});

test('a cursor keeps its place when media come and go', async () => {
  simulator.world.setMediaCount(6);
  const ids = simulator.world.media().map(({ id }) => id);
  const { body } = await callGraph(simulator, '/me/media?limit=3&fields=id');
  simulator.world.addMedia([{}]);
  simulator.world.removeMedia([ids[2] ?? '']); // the very one the cursor points at
  const rest = await callGraph(simulator, `/me/media?limit=3&fields=id&after=${body.paging.cursors.after}`);
  expect(rest.body.data.map(({ id }: { id: string }) => id)).toEqual(ids.slice(3));
});

test.each(['x', 'QVFIUzE3', `${'A'.repeat(5_000)}`])(
  'a cursor that was not given out is refused (%.10s)',
  async (cursor) => {
    expect((await callGraph(simulator, `/me/media?after=${cursor}`)).body.error).toMatchObject({ code: 100 });
  },
);

test('since and until bound the listing, ends included, in seconds or as text', async () => {
  simulator.world.removeMedia(simulator.world.media().map(({ id }) => id));
  simulator.world.addMedia(
    ['2026-01-03', '2026-01-02', '2026-01-01'].map((day) => ({ caption: day, timestamp: `${day}T12:00:00Z` })),
  );
  const days = async (query: string) =>
    (await callGraph(simulator, `/me/media?fields=caption&${query}`)).body.data.map(
      ({ caption }: { caption: string }) => caption.slice(-2),
    );
  const noon = Date.UTC(2026, 0, 2, 12) / 1000;
  expect(await days(`until=${noon}`)).toEqual(['02', '01']);
  expect(await days(`since=${noon}`)).toEqual(['03', '02']);
  expect(await days('since=2026-01-02T12:00:01Z')).toEqual(['03']);
  expect((await callGraph(simulator, '/me/media?since=whenever')).body.error.code).toBe(100);
});

test('no more than the newest 10,000 are listed, and stories never', async () => {
  simulator.world.setMediaCount(10_050);
  simulator.world.addMedia([{ media_product_type: 'STORY' }]);
  const pages = await readAll(simulator, '/me/media?limit=100&fields=id');
  expect(pages.flat()).toHaveLength(10_000);
  expect((await callGraph(simulator, '/me?fields=media_count')).body.media_count).toBe(10_050);
  const [story] = simulator.world.media();
  expect((await callGraph(simulator, `/${story?.id}?fields=media_product_type`)).body.media_product_type).toBe('STORY');
});

test('single media and parts of albums answer by id; what is gone answers 100/33', async () => {
  const { body } = await callGraph(simulator, `/me/media?fields=${FIELDS}`);
  const album = body.data.find((row: { children?: unknown }) => row.children);
  const alone = await callGraph(simulator, `/${album.id}?fields=id,caption,like_count`);
  expect(alone.body).toMatchObject({ id: album.id, caption: album.caption });
  const children = await callGraph(simulator, `/${album.id}/children?fields=id,media_type`);
  expect(children.body.data.map(({ id }: { id: string }) => id)).toEqual(
    album.children.data.map(({ id }: { id: string }) => id),
  );
  const part = await callGraph(
    simulator,
    `/${children.body.data[0].id}?fields=id,caption,like_count,media_url,timestamp`,
  );
  expect(Object.keys(part.body).toSorted()).toEqual(['id', 'media_url', 'timestamp']);
  simulator.world.removeMedia([album.id]);
  const gone = await callGraph(simulator, `/${album.id}`);
  expect(gone.status).toBe(400);
  expect(gone.body.error).toMatchObject({
    type: 'IGApiException',
    code: 100,
    error_subcode: 33,
    message: expect.stringContaining(`Object with ID '${album.id}' does not exist`),
  });
});

test('a field nobody knows fails the page, and so do fields of the other login', async () => {
  const error = async (fields: string) => (await callGraph(simulator, `/me/media?fields=${fields}`)).body.error;
  expect(await error('id,nonsense')).toMatchObject({
    code: 100,
    message: '(#100) Tried accessing nonexisting field (nonsense) on node type (Media)',
  });
  expect(await error('id,saved_count')).toMatchObject({ code: 100 });
  expect(await error('children{nonsense}')).toMatchObject({ code: 100 });
  expect(await error('copyright_check_information')).toMatchObject({ code: 9005 }); // one old feed video
  const { id } = simulator.world.account();
  expect((await callGraph(simulator, `/${id}/media?fields=saved_count`, { login: 'facebook' })).status).toBe(200);
});

test('an edited media is read anew, and odd rows can be made', async () => {
  const [newest] = simulator.world.media();
  const read = async () => (await callGraph(simulator, '/me/media?fields=id,caption,like_count&limit=1')).body.data[0];
  const before = await read();
  simulator.world.editMedia(newest?.id ?? '', { caption: 'new words' });
  expect(await read()).toEqual({ ...before, caption: 'new words' });
  simulator.world.editMedia(newest?.id ?? '', { overrides: { like_count: '12', caption: null } });
  expect(await read()).toEqual({ id: newest?.id, like_count: '12', caption: null });
});

test('the same seed is the same account, another is another', async () => {
  await using same = await createSimulator({ seed: 1 });
  await using other = await createSimulator({ seed: 2 });
  expect(same.world.media()).toEqual(simulator.world.media());
  expect(other.world.account().id).not.toBe(simulator.world.account().id);
  const ids = new Set(simulator.world.media().map(({ id }) => id));
  expect(other.world.media().some(({ id }) => ids.has(id))).toBe(false);
});

test('usage headers come with every answer, worded as each host words them', async () => {
  const { id } = simulator.world.account();
  const own = await callGraph(simulator, '/me');
  const facebook = await callGraph(simulator, `/${id}`, { login: 'facebook' });
  expect(JSON.parse(own.headers.get('x-app-usage') ?? '')).toEqual({ call_volume: 1, cpu_time: 0 });
  expect(JSON.parse(facebook.headers.get('x-app-usage') ?? '')).toEqual({
    call_count: 1,
    total_cputime: 0,
    total_time: 0,
  });
  expect(JSON.parse(facebook.headers.get('x-business-use-case-usage') ?? '')[id]).toEqual([
    { type: 'instagram', call_count: 1, total_cputime: 0, total_time: 0, estimated_time_to_regain_access: 0 },
  ]);
});
