/** Answers in shapes that the documents do not show: an odd optional part is what it most nearly says, else nothing. */
import { describe, expect, test } from '@jest/globals';
import { ACCOUNT_ID, aClient, failureOf, graph, useNock } from '../../testing/instagram.ts';

useNock();

describe('figures of a medium', () => {
  const ofMedia = (data: unknown) => {
    graph().get('/42/insights').query(true).reply(200, { data });
    return aClient().insights.ofMedia('42', { metrics: ['views', 'reach'], totals: false });
  };
  const reach = { name: 'reach', values: [{ value: 7 }] };

  test.each<[string, unknown]>([
    ['a `null` row', null],
    ['a row without a name', { values: [{ value: 1 }] }],
    ['an empty list for a total', { name: 'views', total_value: [] }],
    ['an empty object for values', { name: 'views', values: {} }],
    ['a `null` among values', { name: 'views', values: [null] }],
    ['words for a value', { name: 'views', values: [{ value: 'many' }] }],
    ['a negative value', { name: 'views', total_value: { value: -1 } }],
  ])('%s is a metric without a value, and costs no other its own', async (_, row) => {
    expect(await ofMedia([row, reach])).toEqual({ reach: 7 });
  });

  test.each<[string, unknown]>([
    ['a value in quotes', { name: 'views', values: [{ value: '12' }] }],
    ['a total in quotes', { name: 'views', total_value: { value: '12' } }],
    ['a bare total', { name: 'views', total_value: 12 }],
    ['a bare value', { name: 'views', values: [12] }],
    ['an empty total beside values', { name: 'views', total_value: {}, values: [{ value: 12 }] }],
  ])('%s counts', async (_, row) => {
    expect(await ofMedia([row, reach])).toEqual({ views: 12, reach: 7 });
  });

  test.each<[string, unknown]>([
    ['no list', {}],
    ['rows of which most have no name', [{}, {}, reach]],
  ])('%s is no answer', async (_, data) => {
    expect(await failureOf(ofMedia(data))).toMatchObject({ kind: 'malformed' });
  });
});

test('an account’s series of days with odd ones among them keeps its length', async () => {
  const values = [{ value: '1' }, null, { value: 3 }];
  graph()
    .get(`/${ACCOUNT_ID}/insights`)
    .query(true)
    .reply(200, { data: [{ name: 'reach', total_value: [], values }] });
  const figures = await aClient().insights.ofAccount(ACCOUNT_ID, ['reach'], { since: 0, until: 1 });
  expect(figures).toEqual({ totals: {}, days: { reach: [1, null, 3] } });
});

describe('the publishing limit', () => {
  const getLimit = (data: unknown) => {
    graph().get(`/${ACCOUNT_ID}/content_publishing_limit`).query(true).reply(200, { data });
    return aClient().publishing.getLimit(ACCOUNT_ID);
  };

  test.each<[string, unknown, object]>([
    [
      'counts in quotes',
      [{ quota_usage: '3', config: { quota_total: '50', quota_duration: '86400' } }],
      { quota_total: 50, quota_duration: 86_400 },
    ],
    [
      'an empty list for the configuration',
      [{ quota_usage: 3, config: [] }],
      { quota_total: null, quota_duration: null },
    ],
    [
      'a negative total',
      [{ quota_usage: 3, config: { quota_total: -1 } }],
      { quota_total: null, quota_duration: null },
    ],
    ['a `null` row first', [null, { quota_usage: 3 }], { quota_total: null, quota_duration: null }],
  ])('%s', async (_, data, limit) => {
    expect(await getLimit(data)).toEqual({ quota_usage: 3, ...limit });
  });

  test.each<[string, unknown]>([
    ['no row', []],
    ['a row without the count', [{ config: { quota_total: 50 } }]],
  ])('%s is no answer', async (_, data) => {
    expect(await failureOf(getLimit(data))).toMatchObject({ kind: 'malformed' });
  });
});

describe('what Meta says of a token', () => {
  const client = () => aClient({ login: 'facebook' });
  const debug = (data: object) => {
    graph().get('/debug_token').query(true).reply(200, { data });
    return client().token.debug({ id: '1', secret: 'sentinel-secret' });
  };

  test.each<[string, object, object]>([
    ['validity in quotes', { is_valid: 'true' }, { valid: true }],
    ['nothing at all', {}, { valid: false, reason: null, user_id: null, scopes: [], targets: {}, expires_at: null }],
    ['an empty list for the error', { is_valid: true, error: [] }, { valid: true, reason: null }],
    [
      'a code in quotes',
      { is_valid: false, error: { code: '190', subcode: '463' } },
      { reason: { code: 190, error_subcode: 463 } },
    ],
    [
      'an error without a code',
      { is_valid: false, error: { message: 'No' } },
      { reason: { code: null, error_subcode: null } },
    ],
    ['a number for a person', { is_valid: true, user_id: 12 }, { user_id: '12' }],
    ['an odd person', { is_valid: true, user_id: {} }, { user_id: null }],
    ['odd scopes', { is_valid: true, scopes: [null, 'pages_show_list', {}] }, { scopes: ['pages_show_list'] }],
    ['an object for scopes', { is_valid: true, scopes: {} }, { scopes: [] }],
    [
      'odd targets',
      {
        is_valid: true,
        granular_scopes: [
          null,
          {},
          { scope: 'a' },
          { scope: 'b', target_ids: [1, null, '2'] },
          { scope: 'c', target_ids: {} },
        ],
      },
      { targets: { a: null, b: ['1', '2'], c: [] } },
    ],
  ])('%s', async (_, data, facts) => {
    expect(await debug(data)).toMatchObject(facts);
  });

  test('the scopes that a person has granted are read to the end of their list', async () => {
    const list = () => graph().get('/me/permissions');
    list()
      .query(({ after }) => after === undefined)
      .reply(200, {
        data: [{ permission: 'a', status: 'granted' }, { permission: 'b', status: 'declined' }, null],
        paging: { cursors: { after: 'A' }, next: 'https://graph.test/next?after=A' },
      });
    list()
      .query({ limit: '100', after: 'A' })
      .reply(200, { data: [{ permission: 'c', status: 'granted' }, { permission: 'd' }], paging: [] });
    expect(await client().token.listScopes()).toEqual(['a', 'c']);
  });

  test('businesses that hold pages are read to the end of their list', async () => {
    const list = () => graph().get('/me/businesses');
    list()
      .query(({ after }) => after === undefined)
      .reply(200, {
        data: [{ id: '1', name: 'Empty', owned_pages: [] }],
        paging: { cursors: { after: 'A' }, next: 'https://graph.test/next?after=A' },
      });
    list()
      .query(({ after }) => after === 'A')
      .reply(200, { data: [{ id: '2', name: 'Harbour', client_pages: { data: [{ id: '42' }] } }] });
    expect(await client().pages.listHoldingBusinesses()).toEqual(['Harbour']);
  });

  test.each(['permissions', 'businesses'])('a list of %s without an end is given up', async (edge) => {
    const paging = { cursors: { after: 'A' }, next: 'https://graph.test/next?after=A' };
    const data = [{ id: '1', name: 'x', permission: 'a', status: 'granted' }];
    graph().get(`/me/${edge}`).query(true).twice().reply(200, { data, paging });
    const { token, pages } = client();
    const reading = edge === 'permissions' ? token.listScopes() : pages.listHoldingBusinesses();
    expect(await failureOf(reading)).toMatchObject({ failure: 'repeated_cursor' });
  });
});
