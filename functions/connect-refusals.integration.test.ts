/** Tokens of Facebook Login as Meta tells them apart, where the simulator has only one kind. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { facebookGraph, META_APP, startGraphService } from '../lib/testing/graph-service.ts';
import { ACCOUNT_ID } from '../lib/testing/instagram.ts';
import { invoke } from '../lib/testing/invoke.ts';

const { pool } = await startGraphService({ META_APP_ID: META_APP.id, META_APP_SECRET: META_APP.secret });
const { handler } = await import('./create-account.ts');

const SCOPES = ['instagram_basic', 'pages_show_list', 'pages_read_engagement'];
const inHours = (hours: number) => Math.floor(Date.now() / 1_000) + hours * 3_600;
const connect = (more: object = {}) =>
  invoke(handler, '/accounts', { body: { access_token: 'EAAsentinelToken', ...more } });
const givenInspection = (data: object, input_token = 'EAAsentinelToken') =>
  facebookGraph()
    .get('/debug_token')
    .query({ input_token, access_token: `${META_APP.id}|${META_APP.secret}` })
    .reply(200, { data: { app_id: META_APP.id, is_valid: true, scopes: SCOPES, ...data } });
const givenAccount = (id = ACCOUNT_ID) =>
  facebookGraph().get(`/${id}`).query(true).reply(200, { id, username: 'harbour.house', media_count: 3 });
const page = (id: string, linked?: string) => ({
  id,
  name: `Page ${id}`,
  ...(linked !== undefined && { instagram_business_account: { id: linked, username: `user.${linked.slice(-1)}` } }),
});
const OTHER_ID = '17841400000000002';

beforeEach(() => pool.query(sql.unsafe`DELETE FROM accounts`));

describe('the token of a page', () => {
  test('that never expires is stored', async () => {
    givenInspection({ type: 'PAGE', expires_at: 0, data_access_expires_at: inHours(24 * 90) });
    facebookGraph()
      .get('/me/accounts')
      .query(true)
      .reply(200, { data: [page('1', ACCOUNT_ID)] });
    givenAccount();
    expect(await connect()).toMatchObject({
      status: 201,
      body: { token: { expires_at: null, data_access_expires_at: expect.any(String) }, scopes: SCOPES },
    });
  });

  test('with a short life is refused, with what to do', async () => {
    givenInspection({ type: 'PAGE', expires_at: inHours(2) });
    expect(await connect()).toMatchObject({
      status: 422,
      body: { code: 'token_short_lived', detail: expect.stringMatching(/long-lived/) },
    });
  });
});

describe('the token of a person', () => {
  test('with a short life that Meta does not exchange is refused', async () => {
    givenInspection({ type: 'USER', expires_at: inHours(2) });
    facebookGraph()
      .get('/oauth/access_token')
      .query(true)
      .reply(400, { error: { code: 1_000_190, message: 'no' } });
    expect(await connect()).toMatchObject({ status: 422, body: { code: 'token_short_lived' } });
  });

  test('with a short life is exchanged with the app’s credentials, and what Meta says of the new one is stored', async () => {
    givenInspection({ type: 'USER', expires_at: inHours(2) });
    facebookGraph()
      .get('/oauth/access_token')
      .query({
        grant_type: 'fb_exchange_token',
        client_id: META_APP.id,
        client_secret: META_APP.secret,
        fb_exchange_token: 'EAAsentinelToken',
      })
      .reply(200, { access_token: 'EAAlonger', token_type: 'bearer' });
    givenInspection({ type: 'USER', expires_at: inHours(24 * 60) }, 'EAAlonger');
    givenAccount();
    const { status, body } = await connect({ instagram_id: ACCOUNT_ID });
    expect(status).toBe(201);
    expect(Date.parse(body.token.expires_at ?? '')).toBe(inHours(24 * 60) * 1_000);
  });

  test('with accounts on several pages, listed over several answers: the choice is told', async () => {
    givenInspection({ type: 'USER', expires_at: 0 });
    facebookGraph()
      .get('/me/accounts')
      .query((query) => query.after === undefined)
      .reply(200, {
        data: [page('1', ACCOUNT_ID), page('2')],
        paging: { cursors: { after: 'next' }, next: 'https://graph.facebook.test/next' },
      });
    facebookGraph()
      .get('/me/accounts')
      .query((query) => query.after === 'next')
      .reply(200, { data: [page('3', OTHER_ID)] });
    expect(await connect()).toMatchObject({
      status: 409,
      body: {
        code: 'choose_account',
        accounts: [
          { id: ACCOUNT_ID, username: 'user.1', page: { id: '1', name: 'Page 1' } },
          { id: OTHER_ID, username: 'user.2', page: { id: '3', name: 'Page 3' } },
        ],
      },
    });
  });

  test('with pages but no account on them is refused', async () => {
    givenInspection({ type: 'USER', expires_at: 0 });
    facebookGraph()
      .get('/me/accounts')
      .query(true)
      .reply(200, { data: [page('1')] });
    expect(await connect()).toMatchObject({
      status: 422,
      body: { code: 'not_professional', detail: expect.stringMatching(/linked/) },
    });
  });
});

test.each([
  ['names another app', { app_id: '1299999999999999' }],
  ['is of another app, and invalid for it', { app_id: '1299999999999999', type: 'PAGE' }],
])('a token that Meta says %s is refused', async (_, data) => {
  givenInspection(data);
  expect(await connect()).toMatchObject({ status: 422, body: { code: 'token_of_other_app' } });
});

test('while Meta cannot be asked, nothing is refused for good', async () => {
  facebookGraph().get('/debug_token').query(true).times(4).reply(503, 'busy');
  expect(await connect()).toMatchObject({ status: 502, body: { code: 'instagram_error', retryable: true } });
});

test('a token of which Meta does not say the app proves nothing about an account that is connected', async () => {
  const by = (sub: string) =>
    invoke(handler, '/accounts', {
      claims: { sub, scope: 'accounts:write' },
      body: { access_token: 'EAAsentinelToken', instagram_id: ACCOUNT_ID },
    });
  givenInspection({ app_id: undefined, expires_at: 0 });
  givenAccount();
  expect(await by('ada')).toMatchObject({ status: 201 });
  givenInspection({ app_id: undefined, expires_at: 0 });
  givenAccount();
  expect(await by('eve')).toMatchObject({ status: 409, body: { code: 'account_taken' } });
});
