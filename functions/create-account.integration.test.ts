/** Connecting an account by a token: what is stored, who may see it then, and how one is not taken over. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { z } from 'zod';
import { type InvokeOptions, invoke } from '../lib/testing/invoke.ts';
import { keepSecret } from '../lib/testing/secrets.ts';
import { startService } from '../lib/testing/service.ts';
import { DEMO_APP } from '../local/simulator/create-simulator.ts';
import type { NewToken } from '../local/simulator/world/tokens.ts';

const { pool, simulator, account } = await startService({
  simulator: { media: 1 },
  environment: { META_APP_ID: DEMO_APP.id, META_APP_SECRET: DEMO_APP.secret, CALLER_CONNECTS_PER_HOUR: '0' },
});
const { handler } = await import('./create-account.ts');
const { handler: listAccounts } = await import('./list-accounts.ts');
const { handler: deleteAccount } = await import('./delete-account.ts');
const { handler: startSync } = await import('./start-sync.ts');
const { handler: connectAsOperator } = await import('./connect-account.ts');

const claimsOf = (sub: string): Pick<InvokeOptions, 'claims'> => ({
  claims: { sub, scope: 'accounts:read accounts:write sync:write' },
});
const connect = (sub: string, access_token: string, more: object = {}) =>
  invoke(handler, '/accounts', { ...claimsOf(sub), body: { access_token, ...more } });
const code = (status: number, name: string) => ({ status, body: { code: name } });
const seenBy = async (sub: string) =>
  (await invoke(listAccounts, '/accounts', claimsOf(sub))).body.results.map(({ instagram_id }) => instagram_id);
/** The account that ada has connected last. */
const newest = async () => {
  const [first] = (await invoke(listAccounts, '/accounts?limit=1', claimsOf('ada'))).body.results;
  return first ?? account;
};
const granted = () =>
  pool.anyFirst(sql.type(z.strictObject({ line: z.string() }))`
    SELECT principal || ' ' || role AS line FROM grants JOIN accounts ON id = account_id
    WHERE instagram_id = ${second.id} ORDER BY seq
  `);
const stored = () =>
  pool.oneFirst(sql.type(z.strictObject({ digest: z.string() }))`
    SELECT encode(sha256(token_ciphertext), 'hex') AS digest FROM accounts WHERE instagram_id = ${second.id}
  `);
const kill = () => pool.query(sql.unsafe`UPDATE accounts SET token_state = 'dead' WHERE instagram_id = ${second.id}`);

let second = account as unknown as { id: string };
/** A token for the second account of the simulator. */
const tokenFor = (login: 'instagram' | 'facebook', more: Partial<NewToken> = {}): string => {
  const { value } = simulator.world.tokens.grant({ login, accountId: second.id, ...more });
  keepSecret(value);
  return value;
};
const soon = () => Math.floor(Date.now() / 1_000) + 3_600;
const FACEBOOK = ['instagram_basic', 'instagram_manage_comments', 'pages_show_list', 'pages_read_engagement'];

beforeEach(async () => {
  simulator.reset();
  second = simulator.world.addAccount({ media: 1, scope: 'second' });
  await pool.query(sql.unsafe`DELETE FROM accounts WHERE id <> ${account.id}`);
});

describe('an account that nobody has connected', () => {
  test('becomes that of whoever connects it, and its token is shown to nobody', async () => {
    const token = tokenFor('instagram');
    const answer = await connect('ada', token);
    expect(answer).toMatchObject({
      status: 201,
      headers: { location: expect.stringMatching(new RegExp(`/api/v1/accounts/${answer.body.id}$`)) },
      body: { instagram_id: second.id, login: 'instagram', status: 'active', token: { state: 'alive' } },
    });
    expect(answer.body.scopes).toContain('instagram_business_manage_comments');
    expect(answer.body.features.publishing).toEqual({ available: true, missing: [] });
    expect(await granted()).toEqual(['ada owner']);
    expect(await seenBy('eve')).not.toContain(second.id);
    expect(
      await invoke(startSync, '/sync', { ...claimsOf('ada'), body: { account_id: answer.body.id } }),
    ).toMatchObject({
      status: 200,
    });
  });

  test('is the same when it is connected again, as after an answer that was lost', async () => {
    const token = tokenFor('instagram');
    const { body } = await connect('ada', token);
    const before = await stored();
    expect(await connect('ada', token)).toMatchObject({ status: 200, body: { id: body.id } });
    expect(await stored()).toBe(before);
  });

  test('is one account with two owners’ requests at once', async () => {
    const answers = await Promise.all([connect('ada', tokenFor('facebook')), connect('bob', tokenFor('facebook'))]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 201]);
    expect((await granted()).map((line) => line.split(' ')[1]).toSorted()).toEqual(['member', 'owner']);
  });

  test.each(['instagram', 'facebook'] as const)(
    'a short-lived token of %s login is exchanged for one of 60 days',
    async (login) => {
      const given = tokenFor(login, { isShort: true, expires_at: soon() });
      const { body } = await connect('ada', given);
      const days = (Date.parse(body.token.expires_at ?? '') - Date.now()) / 86_400_000;
      expect(days).toBeGreaterThan(59);
      simulator.world.tokens.grant({ login, accountId: second.id, value: given, expires_at: 1 });
      expect(await invoke(startSync, '/sync', { ...claimsOf('ada'), body: { account_id: body.id } })).toMatchObject({
        status: 200,
      });
    },
  );

  test('with a token that may do less is connected, and says what it lacks', async () => {
    const { body, status } = await connect('ada', tokenFor('facebook', { scopes: FACEBOOK }));
    expect(status).toBe(201);
    expect(body.features).toMatchObject({
      comments: { available: true, missing: [] },
      publishing: { available: false, missing: ['instagram_content_publish'] },
      insights: { available: false, missing: ['instagram_manage_insights'] },
    });
  });

  test('of which nothing is known yet: scopes that cannot be found out are not called missing', async () => {
    simulator.world.setMediaCount(0, second.id);
    expect((await connect('ada', tokenFor('instagram'))).body).toMatchObject({
      scopes: null,
      features: { comments: { available: null, missing: [] } },
    });
  });
});

describe('a token is refused', () => {
  test.each([
    ['that nobody can read', () => 'IGAAnonsense', {}, 'token_invalid'],
    ['that has expired', () => tokenFor('instagram', { expires_at: 1 }), {}, 'token_expired'],
    ['of Facebook Login that has expired', () => tokenFor('facebook', { expires_at: 1 }), {}, 'token_expired'],
    ['of the other login', () => tokenFor('facebook'), { login: 'instagram' }, 'token_wrong_login'],
    ['of the other login, the other way', () => tokenFor('instagram'), { login: 'facebook' }, 'token_wrong_login'],
    ['of another app', () => tokenFor('facebook', { isForeign: true }), {}, 'token_of_other_app'],
    ['without the basic scope', () => tokenFor('facebook', { scopes: ['pages_show_list'] }), {}, 'token_scope_missing'],
    [
      'for another account',
      () => tokenFor('instagram'),
      { instagram_id: account.instagram_id },
      'account_not_of_token',
    ],
    [
      'of Facebook Login for another account',
      () => tokenFor('facebook'),
      { instagram_id: account.instagram_id },
      'account_not_of_token',
    ],
    [
      'for the id of a page',
      () => tokenFor('facebook'),
      () => ({ instagram_id: simulator.world.accounts().find(({ id }) => id === second.id)?.page.id }),
      'not_professional',
    ],
    [
      'for a personal account',
      () => {
        second = simulator.world.addAccount({ media: 0, scope: 'personal', account_type: 'PERSONAL' });
        return tokenFor('instagram');
      },
      {},
      'not_professional',
    ],
  ])('%s', async (_, token, more, expected) => {
    const given = token();
    const answer = await connect('ada', given, typeof more === 'function' ? more() : more);
    expect(answer).toMatchObject(code(422, expected));
    expect(await seenBy('ada')).toEqual([account.instagram_id]); // which is everybody's
  });

  test('the login need not be said: the one that can read the token is taken', async () => {
    expect((await connect('ada', tokenFor('facebook'))).body).toMatchObject({ login: 'facebook' });
  });

  test.each([
    ['no token', {}],
    ['an empty one', { access_token: ' ' }],
    ['an id that is none', { access_token: 'x', instagram_id: '../me' }],
    ['a misspelt key', { access_token: 'x', instagram_ID: '1' }],
  ])('a request with %s, before Meta is asked', async (_, body) => {
    expect(await invoke(handler, '/accounts', { ...claimsOf('ada'), body })).toMatchObject(
      code(400, 'validation_failed'),
    );
    expect(simulator.calls.count()).toBe(0);
  });
});

describe('an account that ada owns', () => {
  let old = '';
  beforeEach(async () => {
    old = tokenFor('facebook');
    await connect('ada', old);
  });

  test('shows itself to a second person whose token is of our app, as a member, and keeps its token', async () => {
    const before = await stored();
    expect(await connect('bob', tokenFor('facebook'))).toMatchObject({ status: 200 });
    expect(await granted()).toEqual(['ada owner', 'bob member']);
    expect(await stored()).toBe(before);
  });

  test.each([
    ['a token of Instagram Login, which proves nothing', () => tokenFor('instagram'), code(409, 'account_taken')],
    [
      'a token of an app of eve’s own',
      () => tokenFor('facebook', { isForeign: true }),
      code(422, 'token_of_other_app'),
    ],
    [
      'an old token of Instagram Login that was never ours',
      () => tokenFor('instagram', { isForeign: true }),
      code(409, 'account_taken'),
    ],
  ])('is not taken over by %s', async (_, token, expected) => {
    const before = await stored();
    expect(await connect('eve', token())).toMatchObject(expected);
    expect(await granted()).toEqual(['ada owner']);
    expect(await seenBy('eve')).not.toContain(second.id);
    expect(await stored()).toBe(before);
  });

  test.each(['dead', 'disconnected'])('is not taken over while its token is %s either', async (how) => {
    if (how === 'dead') await kill();
    else {
      const { id } = await newest();
      expect(await invoke(deleteAccount, `/accounts/${id}`, claimsOf('ada'))).toMatchObject({ status: 202 });
    }
    expect(await connect('eve', tokenFor('instagram'))).toMatchObject(code(409, 'account_taken'));
    expect(await granted()).toEqual(['ada owner']);
  });

  test('is not opened by a token that ada handed in, once it no longer works', async () => {
    simulator.world.tokens.grant({ login: 'facebook', accountId: second.id, value: old, expires_at: 1 });
    expect(await connect('eve', old)).toMatchObject(code(422, 'token_expired'));
    expect(await seenBy('eve')).not.toContain(second.id);
  });

  test('gets its owner’s new token, if that may do all that the stored one may', async () => {
    const before = await stored();
    const weak = await connect('ada', tokenFor('facebook', { scopes: FACEBOOK }));
    expect(weak).toMatchObject(code(409, 'token_weaker'));
    expect(weak.body).toMatchObject({ detail: expect.stringContaining('instagram_content_publish') });
    expect(await stored()).toBe(before);
    expect(await connect('ada', tokenFor('facebook'))).toMatchObject({ status: 200 });
    expect(await stored()).not.toBe(before);
  });

  test('does not go back to a token that its owner handed in before', async () => {
    await connect('ada', tokenFor('facebook'));
    const before = await stored();
    expect(await connect('ada', old)).toMatchObject({ status: 200 });
    expect(await stored()).toBe(before);
  });

  test('gets a member’s token only when the stored one is dead', async () => {
    await connect('bob', tokenFor('facebook'));
    const before = await stored();
    expect(await connect('bob', tokenFor('facebook'))).toMatchObject(code(403, 'owner_required'));
    expect(await stored()).toBe(before);
    await kill();
    expect(await connect('bob', tokenFor('facebook'))).toMatchObject({
      status: 200,
      body: { token: { state: 'alive' } },
    });
    expect(await stored()).not.toBe(before);
    expect(await granted()).toEqual(['ada owner', 'bob member']);
  });

  test('is connected again by its owner after it was disconnected, with any token that works', async () => {
    const { id } = await newest();
    await invoke(deleteAccount, `/accounts/${id}`, claimsOf('ada'));
    expect(await connect('ada', tokenFor('instagram'))).toMatchObject({
      status: 200,
      body: { id, status: 'active', login: 'instagram', token: { state: 'alive' } },
    });
  });

  test('is not made everybody’s when the operator connects it', async () => {
    expect(await connectAsOperator({ access_token: tokenFor('facebook') })).toMatchObject({ connected: true });
    expect(await granted()).toEqual(['ada owner']);
  });
});

describe('the operator', () => {
  test('grants an account to whom it names, who owns it', async () => {
    const access_token = tokenFor('instagram');
    await connectAsOperator({ access_token, grant: 'ada' });
    expect(await granted()).toEqual(['ada owner']);
    expect(await connectAsOperator({ access_token, grant: 'client:bob' })).toMatchObject({ connected: false });
    expect(await granted()).toEqual(['ada owner', 'client:bob owner']);
  });

  test('is asked for a name that a caller can have', async () => {
    expect(await connectAsOperator({ access_token: 'x', grant: 'a\nb' })).toEqual({
      error: expect.stringContaining('grant'),
    });
  });

  test('of everybody’s account, somebody whose token is of our app becomes the owner', async () => {
    await connectAsOperator({ access_token: tokenFor('facebook') });
    expect(await granted()).toEqual(['* member']);
    expect(await connect('eve', tokenFor('instagram'))).toMatchObject(code(403, 'owner_required'));
    expect(await connect('ada', tokenFor('facebook'))).toMatchObject({ status: 200 });
    expect(await granted()).toEqual(['* member', 'ada owner']);
  });
});
