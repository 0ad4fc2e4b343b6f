import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createSimulator, type Simulator } from '../create-simulator.ts';
import { callGraph } from '../testing/call-graph.ts';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await createSimulator({ media: 1 });
});
afterAll(() => simulator.close());
beforeEach(() => simulator.reset());

const options = { login: 'facebook' } as const;
const debug = (input: string, app = `${simulator.app.id}|${simulator.app.secret}`) =>
  callGraph(simulator, `/debug_token?${new URLSearchParams({ input_token: input, access_token: app })}`, {
    ...options,
    token: null,
  });

test('a person has a page, with a token of its own and the account linked to it', async () => {
  const { page, id, username, name } = simulator.world.account();
  const fields = 'id,name,tasks,access_token,instagram_business_account{id,username,name}';
  const { body } = await callGraph(simulator, `/me/accounts?fields=${fields}`, options);
  expect(body.data).toEqual([
    {
      ...page,
      tasks: expect.arrayContaining(['MODERATE']),
      access_token: expect.stringMatching(/^EAA/),
      instagram_business_account: { id, username, name },
    },
  ]);
  expect(body.paging).toEqual({ cursors: expect.anything() }); // the end
});

test('granted and declined permissions are listed', async () => {
  const { body } = await callGraph(simulator, '/me/permissions', options);
  expect(body.data).toContainEqual({ permission: 'pages_show_list', status: 'granted' });
  expect(body.data).toContainEqual({ permission: 'email', status: 'declined' });
});

test('the app may ask about any token; an invalid one is an answer', async () => {
  const { body } = await debug(simulator.tokens.facebook);
  expect(body.data).toMatchObject({
    app_id: simulator.app.id,
    is_valid: true,
    expires_at: 0,
    user_id: simulator.world.account().facebookUser.id,
    scopes: expect.arrayContaining(['instagram_manage_insights']),
    granular_scopes: expect.arrayContaining([
      { scope: 'pages_show_list', target_ids: [simulator.world.account().page.id] },
    ]),
  });
  const { value } = simulator.world.tokens.grant({
    login: 'facebook',
    accountId: simulator.world.account().id,
    expires_at: 1_000_000_000,
  });
  expect((await debug(value)).body.data).toMatchObject({ is_valid: false, error: { code: 190, subcode: 463 } });
  for (const unknown of [simulator.tokens.instagram, 'EAAunknown', '']) {
    expect(await debug(unknown)).toMatchObject({
      status: 200,
      body: { data: { is_valid: false, error: { code: 190, message: expect.stringContaining('Cannot parse') } } },
    });
  }
});

test('nobody but the app may ask, and only with Facebook Login', async () => {
  expect(await debug(simulator.tokens.facebook, 'another|secret')).toMatchObject({
    status: 400,
    body: { error: { code: 190 } },
  });
  const elsewhere = await callGraph(simulator, '/debug_token?input_token=IGAA', { login: 'instagram' });
  expect(elsewhere.body.error).toMatchObject({ code: 100, error_subcode: 33 });
});

test('the log of calls holds neither token', async () => {
  await debug(simulator.tokens.facebook);
  const log = JSON.stringify(simulator.calls.list({ edge: 'debug_token' }));
  expect(log).toContain('debug_token');
  expect(log).not.toContain(simulator.tokens.facebook);
  expect(log).not.toContain(simulator.app.secret);
});
