import { describe, expect, test } from '@jest/globals';
import { ACCOUNT_ID, aClient, failureOf, graph, graphError, useNock } from '../../testing/instagram.ts';

useNock();

const ACCOUNT = {
  instagram_id: ACCOUNT_ID,
  username: 'demo',
  name: 'Demo',
  account_type: 'BUSINESS',
  media_count: 250,
};

describe('Instagram Login', () => {
  const own = {
    id: '25000000000000001',
    user_id: ACCOUNT_ID,
    username: 'demo',
    name: 'Demo',
    account_type: 'BUSINESS',
    media_count: 250,
  };
  const get = (id = 'me') => aClient().account.get(id);
  const me = () => graph().get('/me').query(true);

  test('with Instagram Login the id is `user_id`, not the app-scoped `id`', async () => {
    graph().get('/me').query({ fields: 'user_id,username,name,account_type,media_count' }).reply(200, own);
    await expect(get()).resolves.toEqual(ACCOUNT);
  });

  test('an account in a list, as in Meta’s documents, is read', async () => {
    me().reply(200, { data: [own] });
    await expect(get()).resolves.toEqual(ACCOUNT);
  });

  test('an account id that comes as a number keeps its digits', async () => {
    me().reply(200, `{"user_id":${ACCOUNT_ID}}`);
    await expect(get()).resolves.toMatchObject({ instagram_id: ACCOUNT_ID, name: null, media_count: null });
  });

  test('an `id` alone counts only if it was asked for, as it could be the app-scoped one', async () => {
    me().reply(200, { id: ACCOUNT_ID });
    expect(await failureOf(get())).toMatchObject({ kind: 'permission', failure: 'fields_withheld' });
    graph().get(`/${ACCOUNT_ID}`).query(true).reply(200, { id: ACCOUNT_ID });
    await expect(get(ACCOUNT_ID)).resolves.toMatchObject({ instagram_id: ACCOUNT_ID });
  });

  test('a refused field of an account is left out', async () => {
    me().reply(
      400,
      graphError(100, undefined, { message: 'Tried accessing nonexisting field (account_type) on node type (X)' }),
    );
    graph()
      .get('/me')
      .query({ fields: 'user_id,username,name,media_count' })
      .reply(200, { ...own, account_type: undefined });
    await expect(get()).resolves.toEqual({ ...ACCOUNT, account_type: null });
  });
});

describe('Facebook Login', () => {
  const linked = { id: ACCOUNT_ID, username: 'demo', name: 'Demo', media_count: 250 };
  const expected = { ...ACCOUNT, account_type: null };
  const get = (id = 'me') => aClient({ login: 'facebook' }).account.get(id);
  const noSuchField = graphError(100, undefined, {
    message: '(#100) Tried accessing nonexisting field (instagram_business_account) on node type (User)',
  });

  test('with Facebook Login an account is read by its id', async () => {
    graph().get(`/${ACCOUNT_ID}`).query({ fields: 'id,username,name,media_count' }).reply(200, linked);
    await expect(get(ACCOUNT_ID)).resolves.toEqual(expected);
  });

  test("`me` of a page's token is the account linked to the page", async () => {
    graph()
      .get('/me')
      .query({ fields: 'instagram_business_account{id,username,name,media_count}' })
      .reply(200, { id: '1', instagram_business_account: linked });
    await expect(get()).resolves.toEqual(expected);
  });

  test("`me` of a person's token is the one account behind the pages", async () => {
    graph().get('/me').query(true).reply(400, noSuchField);
    graph()
      .get('/me/accounts')
      .query({ fields: 'instagram_business_account{id,username,name,media_count}', limit: 100 })
      .reply(200, { data: [{ id: '1' }, { id: '2', instagram_business_account: linked }] });
    await expect(get()).resolves.toEqual(expected);
  });

  test.each([
    ['no account', [{ id: '1' }], /No Instagram professional account/],
    [
      'more than one account',
      [{ instagram_business_account: linked }, { instagram_business_account: { id: '2' } }],
      /Several/,
    ],
  ])('%s linked to the pages is an error that says so', async (_name, data, words) => {
    graph().get('/me').query(true).reply(400, noSuchField);
    graph().get('/me/accounts').query(true).reply(200, { data });
    const error = await failureOf(get());
    expect(error.kind).toBe('rejected');
    expect(error.words).toMatch(words);
  });

  test('a dead token is reported as dead, without a further call', async () => {
    graph().get('/me').query(true).reply(400, graphError(190, 463));
    expect(await failureOf(get())).toMatchObject({ kind: 'token' });
  });
});
