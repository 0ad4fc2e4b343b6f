/** The end of a token is known from the moment an account is connected, so that a person hears of it in time. */
import { beforeEach, expect, test } from '@jest/globals';
import nock from 'nock';
import { sql } from 'slonik';
import { z } from 'zod';
import { facebookGraph, META_APP, startGraphService } from '../lib/testing/graph-service.ts';
import { ACCOUNT_ID, GRAPH_URL, graph, graphError } from '../lib/testing/instagram.ts';
import { invoke } from '../lib/testing/invoke.ts';
import { moveClock } from '../lib/testing/move-clock.ts';
import { createVitalsRepository } from '../lib/vitals/repository.ts';

const { pool } = await startGraphService({ META_APP_ID: META_APP.id, META_APP_SECRET: META_APP.secret });
const { handler: connect } = await import('./connect-account.ts');
const { handler: verifyToken } = await import('./verify-token.ts');

const vitals = createVitalsRepository(pool);
const daysLeft = () =>
  pool.oneFirst(sql.type(z.strictObject({ days: z.number().nullable() }))`
    SELECT extract(epoch FROM token_expires_at - service_now())::float8 / 86400 AS days FROM accounts
  `);
const inDays = (days: number) => Math.floor(Date.now() / 1_000) + days * 86_400;

const givenInspection = (status: number, body: object) =>
  facebookGraph().get('/debug_token').query(true).reply(status, body);
const connectFacebook = () => {
  facebookGraph()
    .get(`/${ACCOUNT_ID}`)
    .query(true)
    .reply(200, { id: ACCOUNT_ID, username: 'harbour.house', media_count: 3 });
  return connect({ access_token: 'EAAsentinelToken', login: 'facebook', instagram_id: ACCOUNT_ID });
};

beforeEach(async () => {
  await moveClock(pool, '0');
  await pool.query(sql.unsafe`TRUNCATE accounts CASCADE`);
});

test('a token of Facebook Login: what Meta says of it', async () => {
  givenInspection(200, { data: { is_valid: true, scopes: ['instagram_basic'], expires_at: inDays(5) } });
  expect(await connectFacebook()).toMatchObject({ connected: true });
  expect(await daysLeft()).toBeCloseTo(5, 1);
  expect(await vitals.read()).toMatchObject({ DyingTokens: 1 });
});

test('what a token of Facebook Login may read ends before the token does: a person is needed by then', async () => {
  givenInspection(200, {
    data: { is_valid: true, scopes: ['instagram_basic'], expires_at: 0, data_access_expires_at: inDays(13) },
  });
  expect(await connectFacebook()).toMatchObject({ connected: true });
  expect(await vitals.read()).toMatchObject({ FadingTokens: 1, DyingTokens: 0 });
  await moveClock(pool, '7 days');
  expect(await vitals.read()).toMatchObject({ FadingTokens: 1, DyingTokens: 1, EndingTokens: 0 });
  await moveClock(pool, '11 days');
  expect(await vitals.read()).toMatchObject({ EndingTokens: 1 });
});

const givenPermissions = () =>
  facebookGraph()
    .get('/me/permissions')
    .query(true)
    .reply(200, { data: [{ permission: 'instagram_basic', status: 'granted' }] });

test.each([
  ['that never expires', 200, { data: { is_valid: true, scopes: ['instagram_basic'], expires_at: 0 } }],
  [
    'that expires in a year like no other',
    200,
    { data: { is_valid: true, scopes: ['instagram_basic'], expires_at: 99_999_999_999_999 } },
  ],
  ['whose inspection makes no sense', 200, { data: 7 }],
])('a token of Facebook Login %s is connected', async (_, status, body) => {
  givenInspection(status, body);
  if (body.data === 7) givenPermissions(); // asked where the inspection says nothing
  expect(await connectFacebook()).toMatchObject({ connected: true });
  expect(await daysLeft()).toBeNull();
  expect(await vitals.read()).toMatchObject({ DyingTokens: 0 });
});

test('a token that Meta does not let this app inspect is not of this app, and is not connected', async () => {
  givenInspection(400, graphError(100));
  expect(await connect({ access_token: 'EAAsentinelToken', login: 'facebook', instagram_id: ACCOUNT_ID })).toEqual({
    error: expect.stringContaining('not one of our app'),
  });
});

test('a token of Instagram Login, which nobody tells about: 60 days at the latest', async () => {
  graph().get('/me').query(true).reply(200, { id: '1', user_id: ACCOUNT_ID, username: 'harbour.house' });
  nock(GRAPH_URL).get('/access_token').query(true).reply(400, graphError(100)); // it lives long already
  for (const path of ['media', 'content_publishing_limit', 'insights']) {
    graph().get(`/${ACCOUNT_ID}/${path}`).query(true).reply(200, { data: [] });
  }
  expect(await connect({ access_token: 'IGAAsentinelToken' })).toMatchObject({ connected: true });
  expect(await daysLeft()).toBeCloseTo(60, 1);
  expect(await vitals.read()).toMatchObject({ DyingTokens: 0 });
  await moveClock(pool, '54 days');
  expect(await vitals.read()).toMatchObject({ DyingTokens: 1 });
});

test('the verification of an account’s token is stored', async () => {
  givenInspection(200, { data: { is_valid: true, scopes: ['instagram_basic'], expires_at: 0 } });
  await connectFacebook();
  givenInspection(200, { data: { is_valid: true, user_id: '1', scopes: [], expires_at: inDays(3) } });
  facebookGraph().get('/me/accounts').query(true).reply(200, { data: [] });
  expect(await invoke(verifyToken, '/auth/verify', { body: {} })).toMatchObject({ status: 200, body: { valid: true } });
  expect(await daysLeft()).toBeCloseTo(3, 1);
  expect(await vitals.read()).toMatchObject({ DyingTokens: 1 });
});
