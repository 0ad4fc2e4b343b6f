import { expect, test } from '@jest/globals';
import { facebookGraph, META_APP, startGraphService } from '../lib/testing/graph-service.ts';
import { ACCOUNT_ID, graph, graphError } from '../lib/testing/instagram.ts';
import { invoke } from '../lib/testing/invoke.ts';

const { givenAccount } = await startGraphService({ META_APP_ID: META_APP.id, META_APP_SECRET: META_APP.secret });
const { handler: listUserPages } = await import('./list-user-pages.ts');
const { handler: listAccounts } = await import('./list-instagram-accounts.ts');

const { id: facebook } = await givenAccount(ACCOUNT_ID, { login: 'facebook', token: 'EAAsentinelToken' });
const { id: instagram } = await givenAccount('17841400000000002');

const pages = (accountId = facebook) => invoke(listUserPages, `/instagram/user_pages?account_id=${accountId}`);
const accounts = (query = '', accountId = facebook) =>
  invoke(listAccounts, `/instagram/account?account_id=${accountId}${query}`);

const LINKED = { id: ACCOUNT_ID, username: 'harbour.house', name: 'Harbour House' };
const aPage = (id: string, linked: object | null = LINKED) => ({
  id,
  name: `Page ${id}`,
  tasks: ['ANALYZE', 'MODERATE'],
  access_token: 'EAAsentinelPageToken',
  ...(linked && { instagram_business_account: linked }),
});
const givenPages = (...data: object[]) => facebookGraph().get('/me/accounts').query(true).reply(200, { data });
const givenInspection = (data: object) =>
  facebookGraph()
    .get('/debug_token')
    .query(true)
    .reply(200, { data: { is_valid: true, user_id: '122', ...data } });

test('every page of the list is followed, to the absent next', async () => {
  const next = 'https://graph.facebook.test/v25.0/me/accounts?access_token=EAAsentinelToken&after=';
  facebookGraph()
    .get('/me/accounts')
    .query(({ after }) => after === undefined)
    .reply(200, { data: [aPage('1')], paging: { cursors: { after: 'one' }, next: `${next}one` } });
  facebookGraph()
    .get('/me/accounts')
    .query(({ after }) => after === 'one')
    .reply(200, { data: [], paging: { cursors: { after: 'two' }, next: `${next}two` } });
  facebookGraph()
    .get('/me/accounts')
    .query(({ after }) => after === 'two')
    .reply(200, { data: [aPage('2', null)], paging: { cursors: { after: 'end' } } });
  const { status, body } = await pages();
  expect(status).toBe(200);
  expect(body).toEqual({
    next: null,
    previous: null,
    results: [
      { id: '1', name: 'Page 1', tasks: ['ANALYZE', 'MODERATE'], instagram_account: LINKED },
      { id: '2', name: 'Page 2', tasks: ['ANALYZE', 'MODERATE'], instagram_account: null },
    ],
    reason: null,
  });
  expect(JSON.stringify(body)).not.toContain('EAAsentinel');
});

test.each<[string, Record<string, unknown>, object]>([
  ['tasks of another kind', { tasks: {} }, { tasks: [] }],
  ['tasks that are no texts', { tasks: ['MANAGE', null, {}] }, { tasks: ['MANAGE'] }],
  ['an account that is an empty list', { instagram_business_account: [] }, { instagram_account: null }],
  ['an account without id', { instagram_business_account: { id: '' } }, { instagram_account: null }],
  ['a name that is a number', { name: 24 }, { name: '24' }],
  ['an id that is a number', { id: 1 }, { id: '1' }],
])('%s is what it most nearly says', async (_, odd, expected) => {
  facebookGraph()
    .get('/me/accounts')
    .query(true)
    .reply(200, { data: [{ ...aPage('1'), ...odd }], paging: [] });
  expect((await pages()).body.results).toMatchObject([{ id: '1', ...expected }]);
});

test('a row that cannot be read costs no other', async () => {
  givenPages(aPage('1'), null as never, aPage('2'), { name: 'no id' });
  expect((await pages()).body.results).toMatchObject([{ id: '1' }, { id: '2' }]);
});

test('rows with nothing but an id lack a permission', async () => {
  givenPages({ id: '1' }, { id: '2' });
  expect(await pages()).toMatchObject({ status: 502, body: { code: 'instagram_permission_missing' } });
});

test('new cursors over the same pages are an error, not endless', async () => {
  let calls = 0;
  facebookGraph()
    .get('/me/accounts')
    .query(true)
    .times(11)
    .reply(200, () => {
      calls += 1;
      const next = `https://graph.facebook.test/v25.0/me/accounts?after=${calls}`;
      return { data: [aPage('1')], paging: { cursors: { after: `${calls}` }, next } };
    });
  expect(await pages()).toMatchObject({ status: 502, body: { code: 'instagram_error' } });
});

test('page tokens are not asked for', async () => {
  let fields: unknown;
  facebookGraph()
    .get('/me/accounts')
    .query((query) => {
      fields = query.fields;
      return true;
    })
    .reply(200, { data: [aPage('1')] });
  await pages();
  expect(fields).toBe('id,name,tasks,instagram_business_account{id,username,name}');
});

test('a list that leads in a circle is an error, not endless', async () => {
  facebookGraph()
    .get('/me/accounts')
    .query(true)
    .twice()
    .reply(200, { data: [aPage('1')], paging: { cursors: { after: 'one' }, next: 'https://graph.facebook.test/one' } });
  expect(await pages()).toMatchObject({ status: 502, body: { code: 'instagram_error' } });
});

test('the accounts behind the pages', async () => {
  givenPages(aPage('1'), aPage('2', null));
  expect((await accounts()).body).toEqual({
    next: null,
    previous: null,
    results: [{ ...LINKED, page: { id: '1', name: 'Page 1' } }],
    reason: null,
  });
});

test('the account behind one page', async () => {
  facebookGraph().get('/42').query(true).reply(200, aPage('42'));
  expect((await accounts('&page_id=42')).body).toMatchObject({ results: [{ id: ACCOUNT_ID, page: { id: '42' } }] });
});

test.each([
  graphError(100, 33),
  graphError(803),
  graphError(100, undefined, {
    message: '(#100) Tried accessing nonexisting field (instagram_business_account) on node type (User)',
  }),
])('a page that the token does not see is not found', async (error) => {
  facebookGraph().get('/42').query(true).reply(400, error);
  expect(await accounts('&page_id=42')).toMatchObject({ status: 404, body: { code: 'not_found' } });
});

test.each(['me', '../me', '1%2F2', '', '-1'])('%j is no page', async (id) => {
  expect(await accounts(`&page_id=${id}`)).toMatchObject({ status: 400, body: { errors: [{ path: 'page_id' }] } });
});

test('pages without an account say so', async () => {
  givenPages(aPage('1', null));
  expect((await accounts()).body).toMatchObject({ results: [], reason: { code: 'no_linked_account' } });
  facebookGraph().get('/42').query(true).reply(200, aPage('42', null));
  expect((await accounts('&page_id=42')).body).toMatchObject({ results: [], reason: { code: 'no_linked_account' } });
});

test.each<[string, object, string]>([
  ['lacks the scope', { scopes: ['instagram_basic'] }, 'scope_missing'],
  [
    'was granted for no page',
    { scopes: ['pages_show_list'], granular_scopes: [{ scope: 'pages_show_list', target_ids: [] }] },
    'no_page_ticked',
  ],
  [
    'was granted for a page that needs business_management',
    { scopes: ['pages_show_list'], granular_scopes: [{ scope: 'pages_show_list', target_ids: ['42'] }] },
    'scope_missing',
  ],
  ['may not look at businesses', { scopes: ['pages_show_list'] }, 'not_established'],
])('no page, since the token %s', async (_, inspection, code) => {
  givenPages();
  givenInspection(inspection);
  expect((await pages()).body).toMatchObject({ results: [], reason: { code } });
  givenPages();
  givenInspection(inspection);
  expect((await accounts()).body).toMatchObject({ results: [], reason: { code } });
});

test('no page, since a business holds them', async () => {
  givenPages();
  givenInspection({ scopes: ['pages_show_list', 'business_management'] });
  facebookGraph()
    .get('/me/businesses')
    .query(true)
    .reply(200, {
      data: [
        { id: '1', name: 'Empty' },
        { id: '2', name: 'Harbour Group', owned_pages: { data: [{ id: '42' }] } },
        { id: '3', name: 'Agency', client_pages: { data: [{ id: '43' }] } },
      ],
    });
  const { body } = await pages();
  expect(body).toMatchObject({ reason: { code: 'page_held_by_business' } });
  expect(JSON.stringify(body)).toContain('Harbour Group, Agency');
});

test('no page anywhere', async () => {
  givenPages();
  givenInspection({ scopes: ['pages_show_list', 'business_management'] });
  facebookGraph().get('/me/businesses').query(true).reply(200, { data: [] });
  expect((await pages()).body).toMatchObject({ reason: { code: 'no_page' } });
});

test('no page, and Meta tells nothing of the token', async () => {
  givenPages();
  facebookGraph().get('/debug_token').query(true).reply(400, graphError(100));
  facebookGraph().get('/me/permissions').query(true).reply(400, graphError(100));
  expect((await pages()).body).toMatchObject({ reason: { code: 'not_established' } });
});

test('Instagram Login has one account and no pages', async () => {
  expect((await pages(instagram)).body).toMatchObject({ results: [], reason: { code: 'instagram_login' } });
  graph().get('/me').query(true).reply(200, { id: '1', user_id: '17841400000000002', username: 'harbour' });
  expect((await accounts('', instagram)).body).toMatchObject({
    results: [{ id: '17841400000000002', username: 'harbour', page: null }],
    reason: null,
  });
  expect(await accounts('&page_id=42', instagram)).toMatchObject({ status: 404 });
});

test.each([
  [403, graphError(200), 502, 'instagram_permission_missing'],
  [400, graphError(190, 463), 502, 'instagram_token_invalid'],
  [403, graphError(4), 503, 'instagram_rate_limited'],
])('Instagram’s refusal (%i) is passed on', async (httpStatus, error, status, code) => {
  facebookGraph().get('/me/accounts').query(true).reply(httpStatus, error);
  expect(await pages()).toMatchObject({ status, body: { code } });
});

test('with several accounts one must be named', async () => {
  expect(await invoke(listUserPages, '/instagram/user_pages')).toMatchObject({
    status: 409,
    body: { code: 'account_ambiguous' },
  });
});
