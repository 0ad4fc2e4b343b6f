import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createSimulator, type Simulator } from '../create-simulator.ts';
import { callGraph } from '../testing/call-graph.ts';

let simulator: Simulator;
let accountId: string;
beforeAll(async () => {
  simulator = await createSimulator({ media: 3 });
  accountId = simulator.world.account().id;
});
afterAll(() => simulator.close());
beforeEach(() => simulator.reset());

test('Instagram Login’s /me has an id of its own beside user_id, and counts are numbers', async () => {
  const { status, body, headers } = await callGraph(
    simulator,
    '/me?fields=user_id,username,name,account_type,media_count',
  );
  expect(status).toBe(200);
  expect(body).toMatchObject({
    user_id: accountId,
    username: 'harbour.house',
    account_type: 'BUSINESS',
    media_count: 3,
  });
  expect(body.id).toMatch(/^1[78][0-9]{15,16}$/);
  expect(body.id).not.toBe(accountId);
  expect(headers.get('facebook-api-version')).toBe('v25.0');
});

test('the account answers by user_id, not by the app-scoped id', async () => {
  const me = await callGraph(simulator, '/me');
  expect(await callGraph(simulator, `/${accountId}?fields=username`)).toMatchObject({ status: 200 });
  expect((await callGraph(simulator, `/${me.body.id}?fields=username`)).body.error).toMatchObject({
    code: 100,
    error_subcode: 33,
  });
});

test('ids do not survive being read as numbers', () => {
  const ids = [accountId, ...simulator.world.media().map(({ id }) => id)];
  expect(ids.every((id) => Number(id) > Number.MAX_SAFE_INTEGER)).toBe(true);
  expect(ids.some((id) => String(Number(id)) !== id)).toBe(true);
});

test('with Facebook Login /me is a person, and the account is found by its id or through its Page', async () => {
  const options = { login: 'facebook' } as const;
  const { page } = simulator.world.account();
  expect((await callGraph(simulator, '/me', options)).body).toEqual({ id: expect.any(String), name: 'Robin Example' });
  expect((await callGraph(simulator, '/me?fields=username', options)).body.error).toMatchObject({
    code: 100,
    message: '(#100) Tried accessing nonexisting field (username) on node type (User)',
  });
  expect((await callGraph(simulator, `/${page.id}?fields=instagram_business_account`, options)).body).toEqual({
    instagram_business_account: { id: accountId },
    id: page.id,
  });
  expect((await callGraph(simulator, `/${accountId}?fields=username,media_count`, options)).body).toEqual({
    username: 'harbour.house',
    media_count: 3,
    id: accountId,
  });
  expect((await callGraph(simulator, `/${accountId}?fields=account_type`, options)).status).toBe(400);
});

test.each(['instagram', 'facebook'] as const)(
  'a token of the other login cannot be parsed (%s host)',
  async (login) => {
    const other = login === 'instagram' ? 'facebook' : 'instagram';
    const { status, body } = await callGraph(simulator, '/me', { login, token: simulator.tokens[other] });
    expect(status).toBe(400);
    expect(body.error).toEqual({
      message: 'Invalid OAuth access token - Cannot parse access token',
      type: 'OAuthException',
      code: 190,
      fbtrace_id: expect.any(String),
    });
  },
);

test('the bare address takes tokens of both logins, in the header, the query or not at all', async () => {
  const { url, tokens } = simulator;
  const read = async (path: string, headers = {}) => (await fetch(`${url}${path}`, { headers })).json();
  expect(await read('/v25.0/me?fields=username', { Authorization: `Bearer ${tokens.instagram}` })).toMatchObject({
    username: 'harbour.house',
  });
  expect(await read('/me?fields=name', { Authorization: `OAuth ${tokens.facebook}` })).toMatchObject({
    name: 'Robin Example',
  });
  expect(await read(`/me?fields=username&access_token=${tokens.instagram}`)).toMatchObject({
    username: 'harbour.house',
  });
  expect(await read('/me')).toMatchObject({ error: { code: 104 } });
  expect(simulator.calls.list().map(({ token }) => token)).toEqual(['header', 'header', 'query', null]);
  expect(JSON.stringify(simulator.calls.list())).not.toContain(tokens.instagram);
});

test('an expired token says since when; a narrow one lacks permission; an unknown one cannot be parsed', async () => {
  const { tokens } = simulator.world;
  const expired = tokens.grant({ login: 'instagram', accountId, expires_at: Date.UTC(2026, 0, 2, 20) / 1000 });
  const narrow = tokens.grant({ login: 'instagram', accountId, scopes: ['instagram_business_manage_comments'] });
  const say = async (token: string) => (await callGraph(simulator, '/me', { token })).body.error;
  expect(await say(expired.value)).toMatchObject({
    code: 190,
    error_subcode: 463,
    message: expect.stringContaining('expired on Friday'),
  });
  expect(await say(narrow.value)).toMatchObject({ code: 10 });
  expect(await say('IGAAsomethingElse')).toMatchObject({ code: 190 });
});

test('one account’s token sees nothing of another', async () => {
  const other = simulator.world.addAccount({ username: 'next.door', media: 1 });
  const [token] = simulator.world.tokens
    .list()
    .filter((one) => one.accountId === other.id && one.login === 'instagram');
  const [medium] = simulator.world.media(other.id);
  expect((await callGraph(simulator, '/me?fields=username', { token: token?.value ?? null })).body.username).toBe(
    'next.door',
  );
  expect((await callGraph(simulator, `/${medium?.id}`)).body.error).toMatchObject({ code: 100, error_subcode: 33 });
  expect((await callGraph(simulator, `/${medium?.id}`, { token: token?.value ?? null })).status).toBe(200);
});

test('old versions are answered as the oldest alive, unknown ones not at all', async () => {
  const read = (path: string) =>
    fetch(`${simulator.graphUrls.instagram}${path}`, {
      headers: { Authorization: `Bearer ${simulator.tokens.instagram}` },
    });
  expect((await read('/v12.0/me')).headers.get('facebook-api-version')).toBe('v21.0');
  expect((await read('/v26.0/me')).headers.get('facebook-api-version')).toBe('v26.0');
  expect(await (await read('/v99.0/me')).json()).toMatchObject({ error: { code: 2500 } });
});

test('appsecret_proof is checked where it is sent, and missed where the app requires it', async () => {
  await using strict = await createSimulator({ media: 0, app: { requiresProof: true } });
  const options = { login: 'facebook' } as const;
  const proof = createHmac('sha256', strict.app.secret).update(strict.tokens.facebook).digest('hex');
  expect((await callGraph(strict, '/me', options)).body.error).toMatchObject({
    code: 100,
    type: 'GraphMethodException',
  });
  expect((await callGraph(strict, `/me?appsecret_proof=${proof}`, options)).status).toBe(200);
  expect((await callGraph(simulator, '/me?appsecret_proof=wrong', options)).body.error.code).toBe(100);
});

test('syntax errors in fields, unknown edges and methods are refused as Meta refuses them', async () => {
  const error = async (path: string, method = 'GET') => (await callGraph(simulator, path, { method })).body.error;
  expect(await error('/me?fields=id,')).toMatchObject({ code: 2500 });
  expect(await error('/me?fields=media%7Bid')).toMatchObject({ code: 2500 });
  expect(await error('/me/friends')).toMatchObject({
    code: 100,
    message: '(#100) Tried accessing nonexisting field (friends) on node type (IGUser)',
  });
  expect(await error('/me', 'DELETE')).toMatchObject({ code: 100, error_subcode: 33 });
  expect(await error('/me?fields=constructor')).toMatchObject({ code: 100 });
});
