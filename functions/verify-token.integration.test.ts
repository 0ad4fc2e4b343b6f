import { expect, test } from '@jest/globals';
import { facebookGraph, META_APP, startGraphService } from '../lib/testing/graph-service.ts';
import { ACCOUNT_ID, graph, graphError, TOKEN } from '../lib/testing/instagram.ts';
import { invoke } from '../lib/testing/invoke.ts';

const { accounts, givenAccount } = await startGraphService({
  META_APP_ID: META_APP.id,
  META_APP_SECRET: META_APP.secret,
});
const { handler } = await import('./verify-token.ts');

const USER_ID = '122100000000000001';
const account = await givenAccount(ACCOUNT_ID, { token: TOKEN });

const verify = (body: unknown = {}) => invoke(handler, '/auth/verify', { body });
const unreadable = () =>
  graphError(190, undefined, { message: 'Invalid OAuth access token - Cannot parse access token' });
const noPermission = () => graphError(10, undefined, { message: '(#10) Application does not have permission' });

/** What a token of Instagram Login may read; a scope left out is refused. */
const givenInstagramToken = (...scopes: ('comments' | 'publish' | 'insights')[]) => {
  const given = (path: string, scope: (typeof scopes)[number]) => {
    const read = graph().get(path).query(true);
    return scopes.includes(scope) ? read.reply(200, { data: [] }) : read.reply(403, noPermission());
  };
  graph().get('/me').query(true).reply(200, { id: '1', user_id: ACCOUNT_ID, username: 'harbour.house' });
  graph()
    .get(`/${ACCOUNT_ID}/media`)
    .query(true)
    .reply(200, { data: [{ id: '17900000000000001' }] });
  given('/17900000000000001/comments', 'comments');
  given(`/${ACCOUNT_ID}/content_publishing_limit`, 'publish');
  given(`/${ACCOUNT_ID}/insights`, 'insights');
};
/** Meta's inspection of a token of Facebook Login. */
const givenInspection = (data: object) =>
  facebookGraph()
    .get('/debug_token')
    .query({ input_token: /.+/, access_token: `${META_APP.id}|${META_APP.secret}` })
    .reply(200, { data });
const givenPages = (...pages: object[]) => facebookGraph().get('/me/accounts').query(true).reply(200, { data: pages });
const FACEBOOK_SCOPES = [
  'instagram_basic',
  'instagram_manage_comments',
  'instagram_content_publish',
  'instagram_manage_insights',
  'pages_show_list',
  'pages_read_engagement',
];

test('the connected account’s token, with all it needs', async () => {
  givenInstagramToken('comments', 'publish', 'insights');
  const { status, body } = await verify();
  expect(status).toBe(200);
  expect(body).toEqual({
    valid: true,
    login: 'instagram',
    user_id: ACCOUNT_ID,
    instagram_accounts: [{ id: ACCOUNT_ID, username: 'harbour.house' }],
    scopes: [
      'instagram_business_basic',
      'instagram_business_manage_comments',
      'instagram_business_content_publish',
      'instagram_business_manage_insights',
    ],
    missing_scopes: {},
    expires_at: null,
    reason: null,
  });
});

test('scopes that reads show to be missing are named for each feature', async () => {
  givenInstagramToken('publish');
  const { body } = await verify();
  expect(body).toMatchObject({
    valid: true,
    missing_scopes: {
      comments: ['instagram_business_manage_comments'],
      insights: ['instagram_business_manage_insights'],
    },
  });
});

test('a handed-in token of Facebook Login is inspected', async () => {
  givenInspection({
    is_valid: true,
    user_id: USER_ID,
    scopes: FACEBOOK_SCOPES.filter((scope) => scope !== 'instagram_content_publish'),
    expires_at: 1_800_000_000,
  });
  givenPages(
    { id: '1', name: 'Harbour House', instagram_business_account: { id: ACCOUNT_ID, username: 'harbour.house' } },
    { id: '2', name: 'Without an account' },
  );
  const { body } = await verify({ access_token: 'EAAsentinelToken' });
  expect(body).toEqual({
    valid: true,
    login: 'facebook',
    user_id: USER_ID,
    instagram_accounts: [{ id: ACCOUNT_ID, username: 'harbour.house' }],
    scopes: FACEBOOK_SCOPES.filter((scope) => scope !== 'instagram_content_publish'),
    missing_scopes: { publishing: ['instagram_content_publish'] },
    expires_at: '2027-01-15T08:00:00Z',
    reason: null,
  });
});

test('a token that never expires says null', async () => {
  givenInspection({ is_valid: true, user_id: USER_ID, scopes: FACEBOOK_SCOPES, expires_at: 0 });
  givenPages();
  expect((await verify({ access_token: 'EAAsentinelToken' })).body).toMatchObject({ expires_at: null, valid: true });
});

test.each([
  [99_999_999_999_999, null],
  [-1, null],
  [-99_999_999_999_999, null],
  [1e300, null],
  ['1800000000', '2027-01-15T08:00:00Z'],
  ['99999999999999', null],
  ['soon', null],
  ['', null],
  [1_800_000_000.7, '2027-01-15T08:00:00Z'],
  [[], null],
  [{}, null],
  [true, null],
  [null, null],
])('a token that expires at %j is verified', async (expires_at, expected) => {
  const odd = { data_access_expires_at: expires_at, issued_at: expires_at };
  givenInspection({ is_valid: true, user_id: USER_ID, scopes: FACEBOOK_SCOPES, expires_at, ...odd });
  givenPages();
  expect(await verify({ access_token: 'EAAsentinelToken' })).toMatchObject({
    status: 200,
    body: { valid: true, expires_at: expected },
  });
});

test('an expired token is an answer, with the reason', async () => {
  givenInspection({
    is_valid: false,
    scopes: [],
    error: { code: 190, subcode: 463, message: 'Session has expired on Friday' },
  });
  const { status, body } = await verify({ access_token: 'EAAsentinelToken' });
  expect(status).toBe(200);
  expect(body).toMatchObject({
    valid: false,
    login: 'facebook',
    instagram_accounts: [],
    scopes: null,
    missing_scopes: {},
    reason: { code: 'refused', instagram_code: 190, error_subcode: 463 },
  });
});

test('where the app may not inspect the token, the token is asked about itself', async () => {
  facebookGraph()
    .get('/debug_token')
    .query(true)
    .reply(400, graphError(100, undefined, { message: 'The App_id in the input_token did not match the Viewing App' }));
  facebookGraph().get('/me').query(true).reply(200, { id: USER_ID });
  facebookGraph()
    .get('/me/permissions')
    .query(true)
    .reply(200, {
      data: [
        { permission: 'instagram_basic', status: 'granted' },
        { permission: 'pages_show_list', status: 'granted' },
        { permission: 'instagram_manage_comments', status: 'declined' },
      ],
    });
  givenPages();
  expect((await verify({ access_token: 'EAAsentinelToken' })).body).toMatchObject({
    valid: true,
    user_id: USER_ID,
    scopes: ['instagram_basic', 'pages_show_list'],
    missing_scopes: { comments: ['instagram_manage_comments'] },
  });
});

test('a page’s own token is known by the page it is for', async () => {
  givenInspection({ is_valid: true, type: 'PAGE', user_id: USER_ID, scopes: FACEBOOK_SCOPES, expires_at: 0 });
  facebookGraph()
    .get('/me/accounts')
    .query(true)
    .reply(
      400,
      graphError(100, undefined, {
        message: '(#100) Tried accessing nonexisting field (accounts) on node type (Page)',
      }),
    );
  facebookGraph()
    .get('/me')
    .query(true)
    .reply(200, {
      id: '1',
      name: 'Harbour House',
      instagram_business_account: { id: ACCOUNT_ID, username: 'harbour.house' },
    });
  expect((await verify({ access_token: 'EAAsentinelToken' })).body).toMatchObject({
    instagram_accounts: [{ id: ACCOUNT_ID, username: 'harbour.house' }],
  });
});

test('a token that its guessed login cannot read is shown to the other', async () => {
  facebookGraph()
    .get('/debug_token')
    .query(true)
    .reply(200, { data: { is_valid: false, error: { code: 190, message: 'Cannot parse access token' } } });
  givenInstagramToken('comments', 'publish', 'insights');
  expect((await verify({ access_token: 'EAAsentinelToken' })).body).toMatchObject({ valid: true, login: 'instagram' });
});

test('a token used with the wrong login says which one it is for', async () => {
  graph().get('/me').query(true).reply(400, unreadable());
  givenInspection({ is_valid: true, user_id: USER_ID, scopes: FACEBOOK_SCOPES, expires_at: 0 });
  givenPages();
  expect((await verify({ access_token: 'EAAsentinelToken', login: 'instagram' })).body).toMatchObject({
    valid: false,
    login: 'facebook',
    reason: { code: 'wrong_login', message: 'The token is for Facebook Login, but it is used with Instagram Login' },
  });
});

test('a token that neither login can read is for none', async () => {
  graph().get('/me').query(true).reply(400, unreadable());
  facebookGraph()
    .get('/debug_token')
    .query(true)
    .reply(200, { data: { is_valid: false, error: { code: 190, message: 'Cannot parse access token' } } });
  expect((await verify({ access_token: 'nonsense' })).body).toMatchObject({
    valid: false,
    login: null,
    reason: { code: 'refused', instagram_code: 190 },
  });
});

test('a token with characters that no token has is refused without a call', async () => {
  const { body } = await verify({ access_token: 'one\ntwo' });
  expect(body).toMatchObject({ valid: false, reason: { code: 'refused' } });
});

test('a dead token of the connected account is remembered, and so is its revival', async () => {
  graph().get('/me').query(true).reply(400, graphError(190, 463));
  expect((await verify()).body).toMatchObject({ valid: false, login: 'instagram' });
  expect((await accounts.getWithToken(account.id)).account).toMatchObject({ token_state: 'dead' });

  givenInstagramToken();
  await verify();
  expect((await accounts.getWithToken(account.id)).account).toMatchObject({ token_state: 'alive' });
});

test('when Instagram cannot be asked, nothing is said of the token', async () => {
  graph().get('/me').query(true).reply(403, graphError(4), { 'X-App-Usage': '{"call_count":100}' });
  const throttled = await verify({ access_token: 'IGAAsentinelToken' });
  expect(throttled).toMatchObject({ status: 503, body: { code: 'instagram_rate_limited' } });
});

test('a throttled account is not asked again before its time', async () => {
  graph().get('/me').query(true).reply(403, graphError(4));
  expect(await verify()).toMatchObject({ status: 503, body: { code: 'instagram_rate_limited' } });
  const again = await verify(); // nock would refuse a call
  expect(again).toMatchObject({ status: 503, body: { code: 'instagram_rate_limited' } });
  expect(Number(again.headers['retry-after'])).toBeGreaterThan(200);
});

test('no answer repeats a token', async () => {
  graph()
    .get('/me')
    .query(true)
    .reply(400, graphError(190, undefined, { message: `Malformed access token ${TOKEN}` }));
  const { body } = await verify({ access_token: TOKEN });
  expect(JSON.stringify(body)).not.toContain(TOKEN);
});

test.each([
  [{ access_token: '' }, 'access_token'],
  [{ access_token: 5 }, 'access_token'],
  [{ login: 'myspace' }, 'login'],
  [{ account_id: -1 }, 'account_id'],
])('%j is not valid', async (body, path) => {
  expect(await verify(body)).toMatchObject({ status: 400, body: { code: 'validation_failed', errors: [{ path }] } });
});

test('a token of 5,000 characters is none', async () => {
  const errors = [{ path: 'access_token' }];
  expect(await verify({ access_token: 'a'.repeat(5_000) })).toMatchObject({ status: 400, body: { errors } });
});

test('an account that is not connected has no token', async () => {
  expect(await verify({ account_id: 999_424 })).toMatchObject({ status: 404, body: { code: 'account_not_found' } });
});
