import { expect, test } from '@jest/globals';
import nock from 'nock';
import { sql } from 'slonik';
import { z } from 'zod';
import { metricsOf } from '../lib/insights/catalogue.ts';
import { createVerdictRepository, type Kind } from '../lib/insights/verdict-repository.ts';
import { storePage } from '../lib/posts/index.ts';
import { facebookGraph, startGraphService } from '../lib/testing/graph-service.ts';
import { ACCOUNT_ID, graph, graphError } from '../lib/testing/instagram.ts';
import { invoke } from '../lib/testing/invoke.ts';
import { moveClock } from '../lib/testing/move-clock.ts';

const { pool, givenAccount } = await startGraphService();
const { handler: getPost } = await import('./get-post.ts');
const { handler: postInsights } = await import('./get-post-insights.ts');
const { handler: mediaInsights } = await import('./get-media-insights.ts');
const { handler: accountInsights } = await import('./get-account-insights.ts');

const { id: account_id } = await givenAccount(ACCOUNT_ID);

let made = 0;
/** A mirrored post; a story, a reel or whatever else is said. */
const givenPost = async (
  kind: { media_type?: string; media_product_type?: string | null } = {},
  account = account_id,
) => {
  made += 1;
  const instagram_id = String(17_900_000_000_000_000n + BigInt(made));
  // a story of more than a day ago is over
  const timestamp = kind.media_product_type === 'STORY' ? new Date().toISOString() : '2026-11-01T10:00:00Z';
  const nothing = { username: null, caption: null, media_url: null, thumbnail_url: null, permalink: null };
  const counts = { shortcode: null, alt_text: null, like_count: null, comments_count: null, comments_enabled: null };
  const media = { instagram_id, media_type: 'IMAGE', media_product_type: 'FEED', ...kind, timestamp, children: [] };
  await storePage(pool, {
    account_id: account,
    run_id: null,
    read_at: null,
    media: [{ ...nothing, ...counts, ...media }],
  });
  const id = await pool.oneFirst(sql.type(z.strictObject({ id: z.number() }))`
    SELECT id FROM posts WHERE instagram_id = ${instagram_id}
  `);
  return { id, instagram_id };
};
const value = (name: string, number: number) => ({
  name,
  period: 'lifetime',
  values: [{ value: number }],
  title: 'Titel',
});
/** Answers every call for these metrics, refusing those with one of `bad`; gives the sets that were asked for. */
const givenMetrics = (path: string, { bad = [] as string[], times = 1, on = graph } = {}) => {
  const asked: string[][] = [];
  on()
    .get(path)
    .query(true)
    .optionally(times > 1)
    .times(times)
    .reply((request: Request) => {
      const metrics = (new URL(request.url).searchParams.get('metric') ?? '').split(',');
      asked.push(metrics);
      const refused = metrics.find((metric) => bad.includes(metric));
      if (refused === undefined) return [200, { data: metrics.map((name, index) => value(name, index)) }];
      return [400, graphError(100, undefined, { message: `(#100) The metric ${refused} is not supported` })];
    });
  return asked;
};
const snapshots = (instagram_id: string) =>
  pool.any(sql.type(z.strictObject({ metrics: z.record(z.string(), z.number()), whole: z.boolean() }))`
    SELECT metrics, whole FROM insights WHERE instagram_id = ${instagram_id} ORDER BY captured_at
  `);

test('a post’s figures take one call, and are stored', async () => {
  const { id, instagram_id } = await givenPost();
  const asked = givenMetrics(`/${instagram_id}/insights`);
  const { status, body } = await invoke(postInsights, `/posts/${id}/insights`);
  expect(status).toBe(200);
  expect(asked).toEqual([metricsOf('FEED', 'instagram')]);
  expect(body).toMatchObject({ post_id: id, instagram_id, metrics: { views: 0, reach: 1 }, unavailable: [] });
  expect(body).not.toHaveProperty('history');
  expect(await snapshots(instagram_id)).toEqual([{ metrics: body.metrics, whole: true }]);
});

test('history gives the stored snapshots, newest first', async () => {
  const { id, instagram_id } = await givenPost();
  for (const views of [1, 2]) {
    graph()
      .get(`/${instagram_id}/insights`)
      .query(true)
      .reply(200, { data: [value('views', views)] });
    await invoke(postInsights, `/posts/${id}/insights`);
  }
  graph().get(`/${instagram_id}/insights`).query(true).reply(200, { data: [] });
  const { body } = await invoke(postInsights, `/posts/${id}/insights?history=true`);
  expect(body.metrics).toEqual({});
  expect(body.history?.map(({ metrics }) => metrics)).toEqual([{ views: 2 }, { views: 1 }]); // not the empty one
});

test('no value is not zero', async () => {
  const { id, instagram_id } = await givenPost();
  const data = [
    value('views', 0),
    value('reach', -1),
    { name: 'likes', values: [] },
    { name: 'comments', values: [{}] },
  ];
  graph().get(`/${instagram_id}/insights`).query(true).reply(200, { data });
  const { body } = await invoke(postInsights, `/posts/${id}/insights?metric=views,reach,likes,comments,shares`);
  expect(body.metrics).toEqual({ views: 0 });
  expect(body.unavailable).toEqual(
    ['reach', 'likes', 'comments', 'shares'].map((metric) => ({ metric, reason: 'no_data' })),
  );
});

test('totals with a breakdown are totals', async () => {
  const { id, instagram_id } = await givenPost({ media_product_type: 'STORY' });
  const navigation = { name: 'navigation', total_value: { value: 7, breakdowns: [{ results: [] }] } };
  graph()
    .get(`/${instagram_id}/insights`)
    .query(true)
    .reply(200, { data: [navigation] });
  const { body } = await invoke(postInsights, `/posts/${id}/insights?metric=navigation`);
  expect(body.metrics).toEqual({ navigation: 7 });
});

const aReel = () => givenPost({ media_type: 'VIDEO', media_product_type: 'REELS' });

test('a refused metric does not stop the others, and is searched for only once', async () => {
  const metrics = metricsOf('REELS', 'instagram');
  const others = metrics.filter((metric) => metric !== 'reels_skip_rate');
  const most = Math.floor(1 + 2 * Math.log2(metrics.length)) + 1; // and once as a total
  const refused = [{ metric: 'reels_skip_rate', reason: 'refused' }];
  const ask = async (times: number) => {
    const { id, instagram_id } = await aReel();
    const asked = givenMetrics(`/${instagram_id}/insights`, { bad: ['reels_skip_rate'], times });
    const { body } = await invoke(postInsights, `/posts/${id}/insights`);
    expect(body.unavailable).toEqual(refused);
    expect(Object.keys(body.metrics)).toHaveLength(others.length);
    return asked;
  };
  const first = await ask(most);
  expect(first.length).toBeGreaterThan(1);
  expect(first.length).toBeLessThanOrEqual(most);
  expect(await ask(most)).toEqual([others, ['reels_skip_rate'], ['reels_skip_rate']]); // the second of its kind
  expect(await ask(1)).toEqual([others]);
  await pool.query(sql.unsafe`DELETE FROM metric_verdicts`);
});

test('a refusal holds for one kind, version and media type only, and not for ever', async () => {
  const { id, instagram_id } = await givenPost({ media_product_type: 'STORY' });
  const kind = { account_id, graph_version: 'v25.0', surface: 'STORY', media_type: 'IMAGE' } as const;
  const verdicts = createVerdictRepository(pool);
  const refuse = async (metric: string, more: Partial<Kind> = {}) => {
    for (const one of ['1', '2']) await verdicts.record({ ...kind, ...more }, one, { [metric]: 'refused' });
  };
  await moveClock(pool, '-8 days');
  await refuse('reach');
  await moveClock(pool, '0');
  await refuse('shares', { graph_version: 'v26.0' });
  await refuse('replies', { media_type: 'VIDEO' });
  await refuse('follows', { surface: 'FEED' });
  await refuse('views');
  const asked = givenMetrics(`/${instagram_id}/insights`);
  await invoke(postInsights, `/posts/${id}/insights`);
  expect(asked).toEqual([metricsOf('STORY', 'instagram').filter((metric) => metric !== 'views')]);
  await pool.query(sql.unsafe`DELETE FROM metric_verdicts`);
});

/** Answers as Instagram does where these metrics are given as totals alone; gives the sets that were asked for, and how. */
const givenTotalsAlone = (path: string, totals: readonly string[], times: number) => {
  const asked: [metrics: string[], form: string | null][] = [];
  graph()
    .get(path)
    .query(true)
    .optionally()
    .times(times)
    .reply((request: Request) => {
      const { searchParams } = new URL(request.url);
      const metrics = (searchParams.get('metric') ?? '').split(',');
      const form = searchParams.get('metric_type');
      asked.push([metrics, form]);
      const refused = form === 'total_value' ? [] : metrics.filter((metric) => totals.includes(metric));
      if (refused.length === 0) {
        const data = metrics.map((name) => (form === null ? value(name, 1) : { name, total_value: { value: 2 } }));
        return [200, { data }];
      }
      const message = `(#100) The following metrics (${refused}) should be specified with parameter metric_type=total_value`;
      return [400, graphError(100, undefined, { message })];
    });
  return asked;
};

test.each([[['views']], [['views', 'shares']], [['reach', 'likes', 'total_interactions']]])(
  '%j that are given only as a total are asked for so, the next time at once',
  async (totals) => {
    const metrics = metricsOf('REELS', 'instagram');
    const ask = async () => {
      const { id, instagram_id } = await aReel();
      const asked = givenTotalsAlone(`/${instagram_id}/insights`, totals, 40);
      const { body } = await invoke(postInsights, `/posts/${id}/insights`);
      expect(body.unavailable).toEqual([]);
      expect(Object.keys(body.metrics).sort()).toEqual([...metrics].sort());
      for (const metric of totals) expect(body.metrics[metric]).toBe(2);
      nock.cleanAll();
      return asked;
    };
    await ask();
    expect(await ask()).toEqual([
      [metrics.filter((metric) => !totals.includes(metric)), null],
      [metrics.filter((metric) => totals.includes(metric)), 'total_value'],
    ]);
    await pool.query(sql.unsafe`DELETE FROM metric_verdicts`);
  },
);

test.each([['views'], ['views,reach']])('?metric=%s refused but for totals is given as such', async (named) => {
  const { id, instagram_id } = await aReel();
  givenTotalsAlone(`/${instagram_id}/insights`, metricsOf('REELS', 'instagram'), 10);
  const { body } = await invoke(postInsights, `/posts/${id}/insights?metric=${named}`);
  expect(body).toMatchObject({ metrics: Object.fromEntries(named.split(',').map((name) => [name, 2])) });
  expect(body.unavailable).toEqual([]);
  nock.cleanAll();
  await pool.query(sql.unsafe`DELETE FROM metric_verdicts`);
});

test('a refusal that is not about metrics is not remembered as one', async () => {
  const { id, instagram_id } = await givenPost();
  const bad = metricsOf('FEED', 'instagram');
  const asked = givenMetrics(`/${instagram_id}/insights`, { bad, times: 30 });
  expect(await invoke(postInsights, `/posts/${id}/insights`)).toMatchObject({
    status: 502,
    body: { code: 'instagram_error', instagram: { code: 100 } },
  });
  expect(asked.length).toBeLessThan(2 * bad.length);
  expect(await pool.any(sql.unsafe`SELECT FROM metric_verdicts`)).toEqual([]);
});

test('a metric that is refused alone is reported as refused, and asked for again', async () => {
  const { id, instagram_id } = await givenPost({ media_type: 'VIDEO', media_product_type: 'REELS' });
  for (const _ of [1, 2]) {
    const asked = givenMetrics(`/${instagram_id}/insights`, { bad: ['crossposted_views'], times: 2 });
    const { body } = await invoke(postInsights, `/posts/${id}/insights?metric=crossposted_views`);
    expect(asked).toEqual([['crossposted_views'], ['crossposted_views']]); // as a total, too
    expect(body).toMatchObject({ metrics: {}, unavailable: [{ metric: 'crossposted_views', reason: 'refused' }] });
  }
});

test('retired names are replaced by their successors, and those without one need no call', async () => {
  const { id, instagram_id } = await givenPost();
  const asked = givenMetrics(`/${instagram_id}/insights`);
  const { body } = await invoke(
    postInsights,
    `/posts/${id}/insights?metric=impressions, engagement,clips_replays_count`,
  );
  expect(asked).toEqual([['views', 'total_interactions']]);
  expect(body).toMatchObject({
    metrics: { views: 0, total_interactions: 1 },
    replaced: { impressions: 'views', engagement: 'total_interactions' },
    unavailable: [{ metric: 'clips_replays_count', reason: 'retired' }],
  });
  const none = await invoke(postInsights, `/posts/${id}/insights?metric=clips_replays_count,navigation`);
  expect(none.body).toMatchObject({
    metrics: {},
    unavailable: [
      { metric: 'clips_replays_count', reason: 'retired' },
      { metric: 'navigation', reason: 'not_for_this' },
    ],
  });
});

test.each([
  [
    graphError(10, undefined, { message: '(#10) Not enough viewers for the media to show insights' }),
    'too_few_viewers',
  ],
  [
    graphError(100, 2_108_006, { message: 'Media posted before business account conversion' }),
    'before_business_account',
  ],
])('the answer says why there are no figures', async (error, reason) => {
  const { id, instagram_id } = await givenPost({ media_product_type: 'STORY' });
  graph().get(`/${instagram_id}/insights`).query(true).reply(400, error);
  const { status, body } = await invoke(postInsights, `/posts/${id}/insights`);
  expect(status).toBe(200);
  expect(body.metrics).toEqual({});
  expect(body.unavailable).toEqual(metricsOf('STORY', 'instagram').map((metric) => ({ metric, reason })));
});

test.each([
  [400, graphError(190, 463), 502, 'instagram_token_invalid'],
  [403, graphError(80_002), 503, 'instagram_rate_limited'],
])('a failure of Instagram (%i) is passed on, and nothing is stored', async (httpStatus, error, status, code) => {
  const { id: account } = await givenAccount(`1784140000000${httpStatus}${status}${code.length}`);
  const { id, instagram_id } = await givenPost({}, account);
  graph().get(`/${instagram_id}/insights`).query(true).reply(httpStatus, error);
  expect(await invoke(postInsights, `/posts/${id}/insights`)).toMatchObject({ status, body: { code } });
  expect(await snapshots(instagram_id)).toEqual([]);
});

const NO_PERMISSION = graphError(10, undefined, {
  message: '(#10) Application does not have permission for this action',
});
const refuse = (instagram_id: string, path = `/${instagram_id}/insights`) =>
  graph().get(path).query(true).reply(403, NO_PERMISSION);

test.each([
  ['another post', true],
  ['the account itself, where there is no other post', false],
])('a post that Instagram refuses figures of, and gives those of %s, is not the token’s fault', async (_, hasOther) => {
  const own = hasOther ? '17841400000000011' : '17841400000000012';
  const { id: account } = await givenAccount(own);
  const { id, instagram_id } = await givenPost({}, account);
  const control = hasOther ? (await givenPost({}, account)).instagram_id : own;
  refuse(instagram_id).persist();
  givenMetrics(`/${control}/insights`, { times: 2 });

  const answer = await invoke(postInsights, `/posts/${id}/insights`);

  expect(answer).toMatchObject({ status: 502, body: { code: 'instagram_error', instagram: { code: 10 } } });
  expect((answer.body as unknown as { detail: string }).detail).toMatch(
    /for this post, although the account has the permission.*does not have permission/,
  );
  const { body } = await invoke(getPost, `/posts/${id}`);
  expect(body.withheld).toMatchObject([{ what: 'insights', code: 'instagram_error' }]);
  const byMedium = await invoke(mediaInsights, `/instagram/images/${instagram_id}/insights?account_id=${account}`);
  expect(byMedium).toMatchObject({ status: 502, body: { code: 'instagram_error' } });
  const again = await invoke(getPost, `/posts/${id}`);
  expect(again.body.withheld).toEqual(body.withheld); // asking again does not put off the next sync's try
});

test.each([true, false])(
  'figures that Instagram refuses of everything are a missing permission (another post: %j)',
  async (hasOther) => {
    const own = hasOther ? '17841400000000013' : '17841400000000014';
    const { id: account } = await givenAccount(own);
    const { id, instagram_id } = await givenPost({}, account);
    const control = hasOther ? (await givenPost({}, account)).instagram_id : own;
    refuse(instagram_id);
    refuse(control);
    expect(await invoke(postInsights, `/posts/${id}/insights`)).toMatchObject({
      status: 502,
      body: { code: 'instagram_permission_missing' },
    });
    expect((await invoke(getPost, `/posts/${id}`)).body.withheld).toEqual([]);
    expect(await snapshots(instagram_id)).toEqual([]);
  },
);

test('by Instagram’s id, a medium that Instagram refuses while the account reads is not found', async () => {
  const own = '17841400000000015';
  const { id: account } = await givenAccount(own);
  const foreign = '17933333333333333';
  const ask = () => invoke(mediaInsights, `/instagram/images/${foreign}/insights?account_id=${account}`);

  refuse(foreign, `/${foreign}`);
  graph().get(`/${own}`).query(true).reply(200, { id: '1', user_id: own });
  expect(await ask()).toMatchObject({ status: 404, body: { code: 'post_not_found' } });

  refuse(foreign, `/${foreign}`);
  refuse(own, `/${own}`);
  expect(await ask()).toMatchObject({ status: 502, body: { code: 'instagram_permission_missing' } });
});

test('a gone post is marked, and later answers need no call', async () => {
  const { id: account } = await givenAccount('17841400000000003');
  const { id, instagram_id } = await givenPost({}, account);
  const { instagram_id: neighbour } = await givenPost({}, account);
  graph().get(`/${instagram_id}/insights`).query(true).reply(400, graphError(100, 33));
  graph().get('/17841400000000003').query(true).reply(200, { id: '1', user_id: '17841400000000003' });
  graph().get(`/${instagram_id}`).query(true).reply(400, graphError(100, 33));
  graph().get(`/${neighbour}`).query(true).reply(200, { id: neighbour });
  expect(await invoke(postInsights, `/posts/${id}/insights`)).toMatchObject({
    status: 410,
    body: { code: 'media_gone' },
  });
  expect(await invoke(postInsights, `/posts/${id}/insights`)).toMatchObject({ status: 410 });
});

test('an outage marks no post gone', async () => {
  const { id: account } = await givenAccount('17841400000000004');
  const { id, instagram_id } = await givenPost({}, account);
  const { instagram_id: neighbour } = await givenPost({}, account);
  graph().get(`/${instagram_id}/insights`).query(true).reply(400, graphError(100, 33));
  graph().get('/17841400000000004').query(true).reply(200, { id: '1', user_id: '17841400000000004' });
  for (const denied of [instagram_id, neighbour]) graph().get(`/${denied}`).query(true).reply(400, graphError(100, 33));
  expect(await invoke(postInsights, `/posts/${id}/insights`)).toMatchObject({
    status: 502,
    body: { code: 'instagram_error' },
  });
  const gone = await pool.any(sql.unsafe`SELECT FROM posts WHERE id = ${id} AND gone_at IS NOT NULL`);
  expect(gone).toEqual([]);
});

test.each(['metric=nonsense', 'metric=', 'metric=,', 'metric=views&metric=reach', 'history=yes'])(
  'insights with ?%s are refused',
  async (query) => {
    const { id } = await givenPost();
    expect(await invoke(postInsights, `/posts/${id}/insights?${query}`)).toMatchObject({
      status: 400,
      body: { code: 'validation_failed' },
    });
  },
);

test('more names than there are metrics are refused', async () => {
  const { id } = await givenPost();
  expect(await invoke(postInsights, `/posts/${id}/insights?metric=${'views,'.repeat(500)}`)).toMatchObject({
    status: 400,
  });
});

test.each(['0', '-1', '1.5', '99999999999999999999', 'x', '9007199254740991'])('there is no post %s', async (id) => {
  expect(await invoke(postInsights, `/posts/${id}/insights`)).toMatchObject({
    status: 404,
    body: { code: 'post_not_found' },
  });
});

test('by Instagram’s id, a mirrored media gives the figures of its post', async () => {
  const { id, instagram_id } = await givenPost();
  givenMetrics(`/${instagram_id}/insights`);
  const { body } = await invoke(mediaInsights, `/instagram/images/${instagram_id}/insights?account_id=${account_id}`);
  expect(body).toMatchObject({ post_id: id, instagram_id });
});

test('by Instagram’s id, Instagram is first asked what a media is that is not mirrored', async () => {
  const path = '/17911111111111111';
  graph().get(path).query(true).reply(200, {
    id: '17911111111111111',
    media_type: 'VIDEO',
    media_product_type: 'REELS',
    timestamp: '2026-01-02T03:04:05+0000',
  });
  const asked = givenMetrics(`${path}/insights`);
  const { body } = await invoke(mediaInsights, `/instagram/images${path}/insights?account_id=${account_id}`);
  expect(asked).toEqual([metricsOf('REELS', 'instagram')]);
  expect(body).toMatchObject({ post_id: null, instagram_id: '17911111111111111' });
});

test('by Instagram’s id, a media that Instagram does not show is not found', async () => {
  graph().get('/17922222222222222').query(true).reply(400, graphError(100, 33));
  expect(
    await invoke(mediaInsights, `/instagram/images/17922222222222222/insights?account_id=${account_id}`),
  ).toMatchObject({
    status: 404,
    body: { code: 'post_not_found', instagram: { code: 100, error_subcode: 33 } },
  });
  for (const id of ['me', '1x', '..', '1'.repeat(40)]) {
    expect(await invoke(mediaInsights, `/instagram/images/${id}/insights?account_id=${account_id}`)).toMatchObject({
      status: 404,
    });
  }
});

/** Answers the next call for the account's figures; gives what it asked for. */
const givenAccountFigures = (data: unknown[], on = ACCOUNT_ID) => {
  const query: Record<string, unknown> = {};
  graph()
    .get(`/${on}/insights`)
    .query((sent) => {
      Object.assign(query, sent);
      return true;
    })
    .reply(200, { data });
  return query;
};
const day = (offset: number) => new Date(Math.floor(Date.now() / 86_400_000 + offset) * 86_400_000);
const iso = (date: Date) => date.toISOString().replace('.000Z', 'Z');
const VIEWS = [{ name: 'views', total_value: { value: 42 } }];

test('an account’s figures are of the last complete UTC day by default', async () => {
  const query = givenAccountFigures(VIEWS);
  const { status, body } = await invoke(accountInsights, `/accounts/${account_id}/insights`);
  expect(status).toBe(200);
  expect(body).toMatchObject({ account_id, instagram_id: ACCOUNT_ID, metrics: { views: 42 } });
  expect(body).toMatchObject({ since: iso(day(-1)), until: iso(day(0)) });
  expect(query).toMatchObject({ since: String(day(-1).getTime() / 1_000), until: String(day(0).getTime() / 1_000) });
  expect(query).toMatchObject({ period: 'day', metric_type: 'total_value' });

  const given = givenAccountFigures(VIEWS);
  const period = 'since=2026-10-01T00:00:00.5Z&until=2026-10-31T00:00:00Z';
  const month = await invoke(
    accountInsights,
    `/accounts/${account_id}/insights?${period}&history=true&metric=impressions`,
  );
  expect(given).toMatchObject({ since: '1790812800', until: '1793404800', metric: 'views' });
  expect(month.body).toMatchObject({
    since: '2026-10-01T00:00:00Z',
    until: '2026-10-31T00:00:00Z',
    replaced: { impressions: 'views' },
  });
  expect(month.body.history?.map(({ since }) => since)).toEqual(['2026-10-01T00:00:00Z', body.since]);
});

test.each([
  ['since=2026-10-01&until=2026-10-30', '2026-10-01T00:00:00Z', '2026-10-31T00:00:00Z'],
  ['since=2026-10-01&until=2026-10-01', '2026-10-01T00:00:00Z', '2026-10-02T00:00:00Z'],
  ['until=2026-10-30', '2026-10-30T00:00:00Z', '2026-10-31T00:00:00Z'],
  ['since=2026-10-01T02:00:00%2B02:00&until=2026-10-02T00:00:00Z', '2026-10-01T00:00:00Z', '2026-10-02T00:00:00Z'],
])('the period %s is of whole days, as the list of posts takes them', async (query, since, until) => {
  givenAccountFigures(VIEWS);
  const { body } = await invoke(accountInsights, `/accounts/${account_id}/insights?${query}`);
  expect(body).toMatchObject({ since, until });
});

test('figures that come by day are added up where that makes sense', async () => {
  const days = (name: string, ...values: (number | null)[]) => ({
    name,
    period: 'day',
    values: values.map((one, index) => ({ ...(one !== null && { value: one }), end_time: iso(day(index - 9)) })),
  });
  givenAccountFigures([
    days('views', 10, 20, 30),
    days('reach', 5, 6, 7),
    days('accounts_engaged', 1, 1, 1),
    days('likes', 1, null, 3),
    days('shares', 4),
    { name: 'comments', total_value: { value: 9 }, values: [{ value: 1 }, { value: 2 }] },
  ]);
  const metric = 'views,reach,accounts_engaged,likes,shares,comments';
  const { body } = await invoke(
    accountInsights,
    `/accounts/${account_id}/insights?since=2026-10-01&until=2026-10-03&metric=${metric}`,
  );
  expect(body.metrics).toEqual({ views: 60, shares: 4, comments: 9 });
  expect(body.unavailable).toEqual([
    { metric: 'reach', reason: 'not_summable' },
    { metric: 'accounts_engaged', reason: 'not_summable' },
    { metric: 'likes', reason: 'no_data' }, // of one day nothing is known
  ]);
});

test.each([
  ['since=2026-09-01T00:00:00Z&until=2026-10-31T00:00:00Z', 'since'],
  ['since=2026-10-31T00:00:00Z&until=2026-10-01T00:00:00Z', 'since'],
  ['since=2026-10-31T00:00:00Z&until=2026-10-31T00:00:00Z', 'since'],
  ['until=2126-10-31T00:00:00Z', 'until'],
  [`until=${iso(day(0)).slice(0, 10)}`, 'until'], // it is not over
  ['until=1969-12-31T00:00:00Z', 'until'],
  ['until=1970-01-01', 'until'],
  ['until=0001-01-01', 'until'],
  [`until=${iso(day(-731))}`, 'until'],
  ['since=yesterday', 'since'],
  ['until=2026-02-30T00:00:00Z', 'until'],
])('the period %s is not valid', async (period, path) => {
  expect(await invoke(accountInsights, `/accounts/${account_id}/insights?${period}`)).toMatchObject({
    status: 400,
    body: { code: 'validation_failed', errors: [{ path }] },
  });
});

test('there is no account 5', async () => {
  expect(await invoke(accountInsights, '/accounts/5000/insights')).toMatchObject({
    status: 404,
    body: { code: 'account_not_found' },
  });
});

test('with Facebook Login, its own metrics are asked for too', async () => {
  const { id: account } = await givenAccount('17841400000000005', { login: 'facebook' });
  const { id, instagram_id } = await givenPost({}, account);
  const asked = givenMetrics(`/${instagram_id}/insights`, { on: facebookGraph });
  await invoke(postInsights, `/posts/${id}/insights`);
  expect(asked[0]).toContain('total_views');
});
