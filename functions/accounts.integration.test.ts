/** Accounts over HTTP: what they show, their settings, and what becomes of their work when they are disconnected. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { type InvokeOptions, invoke } from '../lib/testing/invoke.ts';
import { givenAccount } from '../lib/testing/posts.ts';
import { startPublicationService } from '../lib/testing/publications.ts';

const service = await startPublicationService();
const { pool, account, simulator, connect, takeMessages, deliver, letTimePass, come, reset, published } = service;
const { handler: listAccounts } = await import('./list-accounts.ts');
const { handler: getAccount } = await import('./get-account.ts');
const { handler: updateAccount } = await import('./update-account.ts');
const { handler: deleteAccount } = await import('./delete-account.ts');
const { handler: startSync } = await import('./start-sync.ts');
const { handler: getSync } = await import('./get-sync.ts');
const { handler: syncWorker } = await import('./sync-posts.consumer.ts');
const { handler: listPosts } = await import('./list-posts.ts');
const { handler: createComment } = await import('./create-comment.ts');
const { handler: createPublication } = await import('./create-publication.ts');
const { handler: getPublication } = await import('./get-publication.ts');
const { handler: publishWorker } = await import('./publish.consumer.ts');
const { handler: settleIntents } = await import('./settle-intents.consumer.ts');
const { handler: getPublishingLimit } = await import('./get-publishing-limit.ts');
const { handler: tick } = await import('./tick.ts');

const path = `/accounts/${account.id}`;
const get = async () => (await invoke(getAccount, path)).body;
const patch = (body: object, options: InvokeOptions = {}) => invoke(updateAccount, path, { ...options, body });
const disconnect = () => invoke(deleteAccount, path);
const code = (status: number, name: string) => ({ status, body: { code: name } });
const token = simulator.tokens.instagram;

beforeEach(async () => {
  await reset();
  await pool.query(sql.unsafe`DELETE FROM sync_runs`);
  await pool.query(sql.unsafe`DELETE FROM accounts WHERE id <> ${account.id}`);
  await connect({ token, login: 'instagram' }); // some tests disconnect it
  await pool.query(sql.unsafe`
    UPDATE accounts SET status = 'active', sync_interval_minutes = 60, sync_include = '{}', scopes = NULL
  `);
});

describe('an account', () => {
  test('an account shows its token, what that may do, its syncs, and nothing of the token itself', async () => {
    const { body: run } = await invoke(startSync, '/sync');
    expect(await get()).toEqual({
      id: account.id,
      instagram_id: account.instagram_id,
      username: account.username,
      name: account.name,
      profile_picture_url: null,
      account_type: account.account_type,
      login: 'instagram',
      status: 'active',
      token: {
        state: 'alive',
        expires_at: expect.any(String),
        refreshed_at: null,
        next_refresh_at: expect.any(String),
        data_access_expires_at: null,
      },
      scopes: null,
      features: expect.objectContaining({ comments: { available: null, missing: [] } }),
      sync: {
        interval_minutes: 60,
        include: [],
        next_at: null,
        last_run_id: run.id,
        last_succeeded_at: run.finished_at,
      },
      webhooks: null,
      archive: null,
      followers_count: null,
      follows_count: null,
      media_count: account.media_count,
      connected_at: account.connected_at,
    });
  });

  test('an account names the scopes that each feature lacks, once they are known', async () => {
    await pool.query(sql.unsafe`UPDATE accounts SET scopes = '{instagram_business_basic}'`);
    expect((await get()).features).toEqual({
      posts: { available: true, missing: [] },
      comments: { available: false, missing: ['instagram_business_manage_comments'] },
      publishing: { available: false, missing: ['instagram_business_content_publish'] },
      insights: { available: false, missing: ['instagram_business_manage_insights'] },
      discovery: { available: true, missing: [] },
    });
  });

  test('the last run is the newest one, and the last success the newest that succeeded', async () => {
    const { body: good } = await invoke(startSync, '/sync');
    simulator.scenarios.add({ kind: 'expired_token' });
    await invoke(startSync, '/sync');
    const { last_run_id, last_succeeded_at } = (await get()).sync;
    expect(last_run_id).toBeGreaterThan(good.id);
    expect(last_succeeded_at).toBe(good.finished_at);
  });

  test('accounts are listed a page at a time, those connected last first, and back', async () => {
    const second = await givenAccount(pool, '17841400000000002');
    const third = await givenAccount(pool, '17841400000000003');
    const first = await invoke(listAccounts, '/accounts?limit=2');
    expect(first.body.results.map(({ id }) => id)).toEqual([third.id, second.id]);
    const next = await invoke(listAccounts, first.body.next);
    expect(next.body.results.map(({ id }) => id)).toEqual([account.id]);
    expect(next.body.next).toBeNull();
    expect((await invoke(listAccounts, next.body.previous)).body.results).toEqual(first.body.results);
  });
});

describe('settings', () => {
  test('settings change one by one, and leave the others as they are', async () => {
    expect((await patch({ sync: { interval_minutes: 15 } })).body.sync).toMatchObject({
      interval_minutes: 15,
      include: [],
    });
    expect((await patch({ sync: { include: ['comments', 'insights'] } })).body.sync).toMatchObject({
      interval_minutes: 15,
      include: ['comments', 'insights'],
    });
    expect((await patch({ status: 'paused' })).body).toMatchObject({
      status: 'paused',
      sync: { interval_minutes: 15 },
    });
    expect(await patch({})).toMatchObject({ status: 200, body: { status: 'paused' } });
    expect((await patch({ status: 'active', sync: { include: [] } })).body).toMatchObject({
      status: 'active',
      sync: { interval_minutes: 15, include: [] },
    });
  });

  test.each([
    ['a status that only Instagram can bring about', { status: 'needs_login' }],
    ['an interval of more than a day', { sync: { interval_minutes: 1_441 } }],
    ['a negative interval', { sync: { interval_minutes: -1 } }],
    ['half a minute', { sync: { interval_minutes: 0.5 } }],
    ['something that is not synced', { sync: { include: ['stories'] } }],
    ['a key that is misspelt', { sync: { interval: 5 } }],
  ])('%s is refused, and nothing changes', async (_, body) => {
    const before = await get();
    expect(await patch(body)).toMatchObject(code(400, 'validation_failed'));
    expect(await get()).toEqual(before);
  });

  test('what this version cannot do is refused, also when it is asked for beside what it can', async () => {
    expect(await patch({ archive: 'images', status: 'paused' })).toMatchObject(code(409, 'not_available'));
    expect((await get()).status).toBe('active');
  });

  test('of two people who read the same state, the second is told that it has changed', async () => {
    const { headers } = await invoke(getAccount, path);
    const ifMatch = { headers: { 'If-Match': headers.etag ?? '' } };
    const first = await patch({ sync: { interval_minutes: 5 } }, ifMatch);
    expect(first.status).toBe(200);
    expect(await patch({ sync: { interval_minutes: 10 } }, ifMatch)).toMatchObject(code(412, 'changed_meanwhile'));
    const again = { headers: { 'If-Match': first.headers.etag ?? '' } };
    expect(await patch({ sync: { interval_minutes: 10 } }, again)).toMatchObject({ status: 200 });
  });

  test.each([['"v999"'], ['"another"'], ['nonsense'], ['"v0"'], ['']])('If-Match: %s matches nothing', async (tag) => {
    expect(await patch({ status: 'paused' }, { headers: { 'If-Match': tag } })).toMatchObject({ status: 412 });
    expect((await get()).status).toBe('active');
  });

  test('If-Match takes *, several tags, and a tag made weak on its way', async () => {
    const { headers } = await invoke(getAccount, path);
    for (const tag of ['*', `"v999-x", ${headers.etag}`, `W/${headers.etag}`]) {
      expect(await patch({}, { headers: { 'If-Match': tag } })).toMatchObject({ status: 200 }); // changes nothing
    }
  });

  test('a sync changes the ETag, so that nobody is told 304; it does not stand in the way of a change', async () => {
    const { headers } = await invoke(getAccount, path);
    const etag = headers.etag ?? '';
    expect(await invoke(getAccount, path, { headers: { 'If-None-Match': etag } })).toMatchObject({ status: 304 });
    await invoke(startSync, '/sync');
    expect(await invoke(getAccount, path, { headers: { 'If-None-Match': etag } })).toMatchObject({ status: 200 });
    expect(await patch({ status: 'paused' }, { headers: { 'If-Match': etag } })).toMatchObject({ status: 200 });
  });

  test('a pause does not hide that the token is dead, nor does its end', async () => {
    await pool.query(sql.unsafe`UPDATE accounts SET status = 'needs_login'`);
    expect((await patch({ status: 'active' })).body.status).toBe('needs_login');
  });
});

const IMAGE = { image_url: 'https://files.example.com/harbour.jpg', caption: 'Low tide' };
const publish = async (body: object, headers: Readonly<Record<string, string>> = { prefer: 'respond-async' }) => {
  const answer = await invoke(createPublication, '/publications', { body, headers });
  takeMessages('publications');
  return answer;
};
const publication = async (id: number) => (await invoke(getPublication, `/publications/${id}`)).body;
const wake = (id: number) => deliver(publishWorker, [{ account_id: account.id, publication_id: id }]);
const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();

describe('a paused account', () => {
  test('a paused account answers who asks: it syncs, comments and publishes on request', async () => {
    await patch({ status: 'paused' });
    expect(await invoke(startSync, '/sync')).toMatchObject({ status: 200, body: { status: 'succeeded' } });
    const { body } = await invoke(listPosts, '/posts?limit=1');
    const text = { body: { text: 'Hello' } };
    expect(await invoke(createComment, `/posts/${body.results[0]?.id}/comment`, text)).toMatchObject({ status: 201 });
    expect(await publish(IMAGE, {})).toMatchObject({ status: 201 });
  });

  test('a paused account publishes nothing that was planned, until somebody goes on with it', async () => {
    const { body } = await publish({ ...IMAGE, scheduled_at: inAnHour() });
    await patch({ status: 'paused' });
    await come(body.id);
    await wake(body.id);
    expect(await publication(body.id)).toMatchObject({ status: 'scheduled', error: { code: 'account_paused' } });
    expect(published()).toEqual([]);

    await patch({ status: 'active' });
    for (let turns = 0; turns < 4; turns += 1) {
      await come(body.id);
      await wake(body.id);
      await letTimePass();
    }
    expect(await publication(body.id)).toMatchObject({ status: 'published', error: null });
    expect(published()).toHaveLength(1);
  });
});

describe('disconnecting', () => {
  test('disconnecting forgets the token; what is stored stays readable, and what needs Instagram is refused in words', async () => {
    await invoke(startSync, '/sync');
    const { body: posts } = await invoke(listPosts, '/posts?limit=1');
    simulator.calls.clear();
    const answer = await disconnect();
    expect(answer).toMatchObject({
      status: 202,
      headers: { location: expect.stringContaining(path) },
      body: { status: 'disconnected', token: { state: 'none', expires_at: null }, scopes: null },
    });
    expect(
      await pool.oneFirst(sql.unsafe`SELECT length(token_ciphertext) FROM accounts WHERE id = ${account.id}`),
    ).toBe(0);

    expect((await invoke(listPosts, '/posts?limit=1')).body.results).toEqual(posts.results);
    const comment = invoke(createComment, `/posts/${posts.results[0]?.id}/comment`, { body: { text: 'Hello' } });
    for (const refused of [
      await invoke(startSync, '/sync'),
      await comment,
      await publish(IMAGE),
      await publish({ ...IMAGE, scheduled_at: inAnHour() }),
      await invoke(getPublishingLimit, '/instagram/publishing_limit'),
      await patch({ status: 'paused' }),
    ]) {
      expect(refused).toMatchObject(code(409, 'account_disconnected'));
    }
    expect(simulator.calls.count()).toBe(0);
    expect(await pool.oneFirst(sql.unsafe`SELECT count(*) FROM sync_runs WHERE status <> 'succeeded'`)).toBe(0);
  });

  test('disconnecting an account twice answers the same as once', async () => {
    const first = await disconnect();
    expect(await disconnect()).toEqual(expect.objectContaining({ status: 202, body: first.body }));
  });

  test('connecting again goes on from what is stored', async () => {
    await invoke(startSync, '/sync');
    const { id } = await get();
    await disconnect();
    await connect({ token, login: 'instagram' });
    expect(await get()).toMatchObject({ id, status: 'active', token: { state: 'alive' } });
    expect(await invoke(startSync, '/sync')).toMatchObject({ body: { status: 'succeeded', created: 0 } });
  });

  test('a replayed request is still answered after its account was disconnected', async () => {
    await invoke(startSync, '/sync');
    const { body } = await invoke(listPosts, '/posts?limit=1');
    const request = { body: { text: 'Once' }, headers: { 'Idempotency-Key': 'once' } };
    const first = await invoke(createComment, `/posts/${body.results[0]?.id}/comment`, request);
    await disconnect();
    expect(await invoke(createComment, `/posts/${body.results[0]?.id}/comment`, request)).toMatchObject({
      status: 201,
      headers: { 'idempotent-replayed': 'true' },
      body: first.body,
    });
  });

  test('disconnecting in the middle of a sync stops it, and keeps what it has stored', async () => {
    simulator.setLatency(150);
    const started = invoke(startSync, '/sync');
    await simulator.calls.next({ edge: 'user.media' });
    await disconnect();
    const { body } = await started;
    expect(body).toMatchObject({ status: 'cancelled' });
    simulator.setLatency(0);
  });

  test('disconnecting ends a sync that waits for its turn', async () => {
    const { body: run } = await invoke(startSync, '/sync', { headers: { prefer: 'respond-async' } });
    await disconnect();
    await deliver(syncWorker, takeMessages('sync'));
    expect((await invoke(getSync, `/sync/${run.id}`)).body.status).toBe('cancelled');
    expect(simulator.calls.count({ edge: 'user.media' })).toBe(0);
  });

  test('disconnecting cancels publications that are planned or being prepared', async () => {
    const { body: planned } = await publish({ ...IMAGE, scheduled_at: inAnHour() });
    simulator.scenarios.add({ kind: 'container', stuck: true });
    const { body: preparing } = await publish(IMAGE);
    await wake(preparing.id);
    expect(['queued', 'processing']).toContain((await publication(preparing.id)).status);
    await disconnect();
    for (const { id } of [planned, preparing]) {
      await come(id);
      await wake(id);
      expect(await publication(id)).toMatchObject({ status: 'cancelled', error: null });
    }
    expect(published()).toEqual([]);
  });

  test('after disconnecting in the middle of a publication, what was sent is recorded when its answer comes', async () => {
    const held = simulator.scenarios.add({ kind: 'hang', on: { edge: 'user.media_publish' }, placement: 'after' });
    const publishing = publish(IMAGE, {});
    await simulator.calls.next({ edge: 'user.media_publish' });
    await disconnect();
    held.remove();
    const { body } = await publishing;
    expect(published()).toHaveLength(1);
    expect(await publication(body.id)).toMatchObject({
      status: 'published',
      media_id: published()[0],
    });
  });

  test('after disconnecting, a publication whose answer was lost is not sent again, and not said to have failed', async () => {
    simulator.scenarios.add({ kind: 'reset', on: { edge: 'user.media_publish' }, placement: 'after', times: 1 });
    const blind = simulator.calls
      .next({ edge: 'user.media_publish' })
      .then(() => simulator.scenarios.add({ kind: 'unavailable', on: { edge: ['container', 'user.media'] } }));
    const { body } = await publish(IMAGE);
    for (let turns = 0; turns < 5 && simulator.calls.count({ edge: 'user.media_publish' }) === 0; turns += 1) {
      await letTimePass();
      await wake(body.id);
    }
    await blind;
    expect((await publication(body.id)).status).toBe('publishing');
    await disconnect();
    for (let turns = 0; turns < 3; turns += 1) {
      await letTimePass();
      await wake(body.id);
    }
    expect(await publication(body.id)).toMatchObject({ status: 'unknown', error: { code: 'account_disconnected' } });
    expect(published()).toHaveLength(1);
  });

  test('disconnecting leaves no work that is woken for ever', async () => {
    await invoke(startSync, '/sync');
    const { body } = await invoke(listPosts, '/posts?limit=1');
    simulator.scenarios.add({ kind: 'reset', on: { edge: 'media.comment' }, placement: 'after' });
    simulator.scenarios.add({ kind: 'unavailable', on: { edge: 'media.comments' } });
    const lost = await invoke(createComment, `/posts/${body.results[0]?.id}/comment`, {
      body: { text: 'Lost?' },
      remainingMs: 4_000,
    });
    expect(lost.status).toBeGreaterThanOrEqual(500);
    await disconnect();
    await tick();
    const wakeUps = takeMessages('intents');
    expect(await deliver(settleIntents, wakeUps)).toBe(0);
    await letTimePass(25);
    expect(await deliver(settleIntents, [{ account_id: account.id, intent_id: await intentId() }])).toBe(0);
    expect(await pool.oneFirst(sql.unsafe`SELECT state FROM intents`)).toBe('abandoned');
  });
  const intentId = () => pool.oneFirst(sql.unsafe`SELECT id FROM intents`);

  describe('who may', () => {
    const given = async (...grants: readonly (readonly [string, string])[]) => {
      await pool.query(sql.unsafe`DELETE FROM grants`);
      for (const [principal, role] of grants) {
        await pool.query(sql.unsafe`
          INSERT INTO grants (account_id, principal, role, granted_by) VALUES (${account.id}, ${principal}, ${role}, 'x')
        `);
      }
    };
    const asked = (sub: string, scope = '') =>
      invoke(deleteAccount, path, { claims: { sub, scope: `accounts:write ${scope}` } });

    test.each([
      [
        'the only owner',
        [
          ['ada', 'owner'],
          ['bob', 'member'],
        ],
        'ada',
        '',
        202,
      ],
      [
        'an owner beside another',
        [
          ['ada', 'owner'],
          ['bob', 'owner'],
        ],
        'ada',
        '',
        409,
      ],
      [
        'a member',
        [
          ['ada', 'owner'],
          ['bob', 'member'],
        ],
        'bob',
        '',
        409,
      ],
      [
        'the only owner, while everybody may see it',
        [
          ['ada', 'owner'],
          ['*', 'member'],
        ],
        'ada',
        '',
        409,
      ],
      ['one of everybody', [['*', 'member']], 'eve', '', 409],
      [
        'an operator',
        [
          ['ada', 'owner'],
          ['bob', 'owner'],
          ['*', 'member'],
        ],
        'op',
        'accounts:all',
        202,
      ],
      ['a stranger', [['ada', 'owner']], 'eve', '', 404],
    ] as const)('%s', async (_, grants, sub, scope, status) => {
      await given(...grants);
      const answer = await asked(sub, scope);
      expect(answer.status).toBe(status);
      if (status === 409) expect(answer.body).toMatchObject({ code: 'account_shared' });
      expect((await get()).status).toBe(status === 202 ? 'disconnected' : 'active');
    });
  });
});
