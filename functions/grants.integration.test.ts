/** Who may see an account, and who may change that: taking an account over is tried, and fails. */
import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { startAccounts } from '../lib/testing/accounts.ts';
import { type InvokeOptions, invoke } from '../lib/testing/invoke.ts';
import { administer } from '../lib/testing/test-server.ts';

const { pool, givenAccount, databaseUrl } = await startAccounts();
const { handler: listGrants } = await import('./list-grants.ts');
const { handler: getGrant } = await import('./get-grant.ts');
const { handler: putGrant } = await import('./put-grant.ts');
const { handler: deleteGrant } = await import('./delete-grant.ts');
const { handler: listAccounts } = await import('./list-accounts.ts');

const { id } = await givenAccount('17841400000000001');
const OPERATOR = { sub: 'operator', all: true };
type Caller = string | { sub?: string; client_id?: string; all?: boolean };
const claimsOf = (caller: Caller): Pick<InvokeOptions, 'claims'> => {
  const { all = false, ...names } = typeof caller === 'string' ? { sub: caller } : caller;
  return { claims: { ...names, scope: `accounts:read accounts:write${all ? ' accounts:all' : ''}` } };
};
const pathOf = (principal: string) => `/accounts/${id}/grants/${encodeURIComponent(principal)}`;
const put = (caller: Caller, principal: string, role: string) =>
  invoke(putGrant, pathOf(principal), { ...claimsOf(caller), body: { role } });
const remove = (caller: Caller, principal: string) => invoke(deleteGrant, pathOf(principal), claimsOf(caller));
const granted = async () =>
  (await invoke(listGrants, `/accounts/${id}/grants`, claimsOf(OPERATOR))).body.results
    .map(({ principal, role }) => `${principal} ${role}`)
    .reverse();
const given = (...grants: readonly (readonly [principal: string, role: 'owner' | 'member'])[]) =>
  Promise.all(
    grants.map(([principal, role]) =>
      pool.query(sql.unsafe`
        INSERT INTO grants (account_id, principal, role, granted_by) VALUES (${id}, ${principal}, ${role}, 'operator')
      `),
    ),
  );
const code = (status: number, name: string) => ({ status, body: { code: name } });

beforeEach(async () => {
  await pool.query(sql.unsafe`DELETE FROM grants`);
});

describe('an owner', () => {
  beforeEach(() => given(['ada', 'owner']));

  test('an owner grants the account to others, and takes it away again', async () => {
    expect(await put('ada', 'bob', 'member')).toMatchObject({
      status: 201,
      body: { principal: 'bob', role: 'member', granted_by: 'ada' },
    });
    expect((await invoke(listAccounts, '/accounts', claimsOf('bob'))).body.results).toMatchObject([{ id }]);
    expect(await put('ada', 'bob', 'owner')).toMatchObject({ status: 200, body: { role: 'owner' } });
    expect(await granted()).toEqual(['ada owner', 'bob owner']);
    expect((await remove('ada', 'bob')).status).toBe(204);
    expect((await invoke(listAccounts, '/accounts', claimsOf('bob'))).body.results).toEqual([]);
  });

  test('a grant that is made again changes nothing, not even who granted it', async () => {
    await put(OPERATOR, 'bob', 'member');
    const before = (await invoke(getGrant, pathOf('bob'), claimsOf('ada'))).body;
    expect(await put('ada', 'bob', 'member')).toEqual(expect.objectContaining({ status: 200, body: before }));
  });

  test.each([
    ['a client', 'client:reporting', { client_id: 'reporting' }],
    ['a user with a slash and a space', 'https://issuer.test/users/1 a', { sub: 'https://issuer.test/users/1 a' }],
    ['a user whose name looks encoded', 'a%2Fb', { sub: 'a%2Fb' }],
    ['a user of another script', 'жук🌊', { sub: 'жук🌊' }],
  ])('grants it to %s, named percent-encoded in the path', async (_, principal, caller) => {
    expect(await put('ada', principal, 'member')).toMatchObject({ status: 201, body: { principal } });
    expect(await invoke(getGrant, pathOf(principal), claimsOf(caller))).toMatchObject({ status: 200 });
    expect((await remove(caller, principal)).status).toBe(204);
  });

  test.each([['ali\0ce'], ['ali\nce'], ['x'.repeat(300)], ['client:'], ['client:a\u0085']])(
    'cannot grant it to %j, which no caller is called',
    async (principal) => {
      expect(await put('ada', principal, 'member')).toMatchObject(code(404, 'grant_not_found'));
    },
  );

  test('the last owner of an account stays, whoever asks', async () => {
    await given(['bob', 'member']);
    expect(await remove('ada', 'ada')).toMatchObject(code(409, 'last_owner'));
    expect(await put('ada', 'ada', 'member')).toMatchObject(code(409, 'last_owner'));
    expect(await remove(OPERATOR, 'ada')).toMatchObject(code(409, 'last_owner'));
    expect(await put(OPERATOR, 'ada', 'member')).toMatchObject(code(409, 'last_owner'));
    await put('ada', 'bob', 'owner');
    expect((await remove('ada', 'ada')).status).toBe(204);
    expect(await granted()).toEqual(['bob owner']);
  });

  test('two owners that remove each other at once leave one', async () => {
    await given(['bob', 'owner']);
    const statuses = (await Promise.all([remove('ada', 'bob'), remove('bob', 'ada')])).map(({ status }) => status);
    // Whoever comes second is a stranger by then.
    expect(statuses.toSorted()).toEqual([204, 404]);
    expect(await granted()).toHaveLength(1);
  });

  test('two owners that leave at once leave one', async () => {
    await given(['bob', 'owner']);
    const statuses = (await Promise.all([remove('ada', 'ada'), remove('bob', 'bob')])).map(({ status }) => status);
    expect(statuses.toSorted()).toEqual([204, 409]);
    expect(await granted()).toHaveLength(1);
  });
});

describe('a member', () => {
  beforeEach(() => given(['ada', 'owner'], ['bob', 'member'], ['eve', 'member']));

  test.each([
    ['removes the owner', () => remove('eve', 'ada')],
    ['removes another member', () => remove('eve', 'bob')],
    ['makes itself an owner', () => put('eve', 'eve', 'owner')],
    ['makes another an owner', () => put('eve', 'mallory', 'owner')],
    ['makes the owner a member', () => put('eve', 'ada', 'member')],
    ['lets somebody else in', () => put('eve', 'mallory', 'member')],
    ['lets everybody in', () => put('eve', '*', 'member')],
    ['asks about a grant that is not there', () => remove('eve', 'nobody')],
  ])('%s: refused, and nothing changes', async (_, attack) => {
    expect(await attack()).toMatchObject(code(403, 'owner_required'));
    expect((await granted()).toSorted()).toEqual(['ada owner', 'bob member', 'eve member']);
  });

  test('a member sees who else may see the account, and may give up its own grant', async () => {
    const list = await invoke(listGrants, `/accounts/${id}/grants?limit=2`, claimsOf('eve'));
    expect(list.body.results).toHaveLength(2);
    expect((await invoke(listGrants, list.body.next, claimsOf('eve'))).body.results).toHaveLength(1);
    expect(await invoke(getGrant, pathOf('nobody'), claimsOf('eve'))).toMatchObject(code(404, 'grant_not_found'));
    expect((await remove('eve', 'eve')).status).toBe(204);
    expect(await remove('eve', 'eve')).toMatchObject(code(404, 'account_not_found'));
  });
});

describe('everybody (*)', () => {
  test.each([
    ['an owner grants it', () => put('ada', '*', 'member')],
    ['an owner takes it away', () => remove('ada', '*')],
  ])('%s: that needs accounts:all', async (_, attempt) => {
    await given(['ada', 'owner'], ['*', 'member']);
    expect(await attempt()).toMatchObject(code(403, 'owner_required'));
    expect(await granted()).toContain('* member');
  });

  test.each([
    ['makes itself an owner', () => put('eve', 'eve', 'owner')],
    ['gives itself a grant of its own', () => put('eve', 'eve', 'member')],
    ['takes it from everybody', () => remove('eve', '*')],
    ['removes a grant of its own, which it does not have', () => remove('eve', 'eve')],
    ['removes the owner', () => remove('eve', 'ada')],
  ])('of everybody, one %s: refused', async (_, attack) => {
    await given(['ada', 'owner'], ['*', 'member']);
    expect((await attack()).status).toBeGreaterThanOrEqual(403);
    expect((await granted()).toSorted()).toEqual(['* member', 'ada owner']);
  });

  test('an operator lets everybody in and out, and never as owner', async () => {
    expect(await put(OPERATOR, '*', 'owner')).toMatchObject(code(400, 'validation_failed'));
    expect(await put(OPERATOR, '*', 'member')).toMatchObject({ status: 201 });
    expect((await invoke(listAccounts, '/accounts', claimsOf('eve'))).body.results).toMatchObject([{ id }]);
    expect((await remove(OPERATOR, '*')).status).toBe(204);
    expect((await invoke(listAccounts, '/accounts', claimsOf('eve'))).body.results).toEqual([]);
  });

  test('an operator hands an account of everybody to one owner', async () => {
    await given(['*', 'member']);
    await put(OPERATOR, 'ada', 'owner');
    await remove(OPERATOR, '*');
    expect(await granted()).toEqual(['ada owner']);
  });

  test('a token whose sub is * is refused: it would be that of everybody', async () => {
    await given(['*', 'member']);
    expect(await remove('*', '*')).toMatchObject({ status: 401 });
  });
});

const [, up = '', down = ''] = readFileSync(
  new URL('../migrations/0085_create_grants.sql', import.meta.url),
  'utf8',
).split(/^-- (?:Up|Down) Migration$/m);
const [, upNext = '', downNext = ''] = readFileSync(
  new URL('../migrations/0086_add_account_versions.sql', import.meta.url),
  'utf8',
).split(/^-- (?:Up|Down) Migration$/m);

test("what was connected before there were grants is everybody's", async () => {
  await administer(databaseUrl, downNext);
  await administer(databaseUrl, down);
  await administer(databaseUrl, up);
  await administer(databaseUrl, upNext);
  expect(await granted()).toEqual(['* member']);
  expect((await invoke(listAccounts, '/accounts', claimsOf('anybody'))).body.results).toMatchObject([{ id }]);
});
