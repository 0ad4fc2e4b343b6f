/**
 * What a caller has no grant for answers exactly as what does not exist: on every route, whatever the request says of it.
 * A new route needs a line in `PROBES`.
 */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { sql } from 'slonik';
import { z } from 'zod';
import { type InvokeOptions, invoke } from '../lib/testing/invoke.ts';
import { givenAccount } from '../lib/testing/posts.ts';
import { startService } from '../lib/testing/service.ts';
import { routes } from './routes.ts';

const { pool, account, simulator, sent } = await startService({ simulator: { media: 3 } });

/** Ids of one account's things, whether it has them or not. */
interface Things {
  account: number;
  post: number;
  comment: number;
  sync: number;
  publication: number;
  media: string;
  cursor: string;
}
type Probe = (things: Things) => readonly [target: string, options?: InvokeOptions];

/**
 * By operation: a request about a thing. `own`: it names none, and gives the caller what is the caller's own. Null: everybody
 * gets the same.
 */
const PROBES: Readonly<Record<string, Probe | 'own' | null>> = {
  getHealth: null,
  getOpenApi: null,
  getDocs: null,
  getDocsFile: null,
  getProblemPage: null,
  listProblems: null,
  startSync: ({ account: account_id }) => ['/sync', { body: { account_id }, headers: { Prefer: 'wait=1' } }],
  listSyncs: ({ account: id }) => [`/sync?account_id=${id}`],
  getSync: ({ sync }) => [`/sync/${sync}`],
  cancelSync: ({ sync }) => [`/sync/${sync}`],
  listPosts: ({ account: id }) => [`/posts?account_id=${id}`],
  getPost: ({ post }) => [`/posts/${post}`],
  updatePost: ({ post }) => [`/posts/${post}`, { body: { comments_enabled: false } }],
  createComment: ({ post }) => [`/posts/${post}/comment`, { body: { text: 'Hello' } }],
  listComments: ({ post }) => [`/posts/${post}/comments`],
  createReply: ({ comment }) => [`/comments/${comment}/replies`, { body: { text: 'Hello' } }],
  getComment: ({ comment }) => [`/comments/${comment}`],
  updateComment: ({ comment }) => [`/comments/${comment}`, { body: { hidden: true } }],
  deleteComment: ({ comment }) => [`/comments/${comment}`],
  createPublication: ({ account: account_id }) => [
    '/publications',
    { body: { account_id, image_url: 'https://files.test/a.jpg' } },
  ],
  listPublications: ({ account: id }) => [`/publications?account_id=${id}`],
  getPublication: ({ publication }) => [`/publications/${publication}`],
  cancelPublication: ({ publication }) => [`/publications/${publication}`],
  getPublishingLimit: ({ account: id }) => [`/instagram/publishing_limit?account_id=${id}`],
  verifyToken: ({ account: account_id }) => ['/auth/verify', { body: { account_id } }],
  listUserPages: ({ account: id }) => [`/instagram/user_pages?account_id=${id}`],
  listInstagramAccounts: ({ account: id }) => [`/instagram/account?account_id=${id}`],
  uploadImage: ({ account: id }) => [
    `/image?account_id=${id}`,
    { body: Buffer.from('--x--'), headers: { 'Content-Type': 'multipart/form-data; boundary=x' } },
  ],
  createUpload: ({ account: account_id }) => [
    '/uploads',
    { body: { account_id, filename: 'a.jpg', content_type: 'image/jpeg', size: 9 } },
  ],
  getPostInsights: ({ post }) => [`/posts/${post}/insights`],
  getMediaInsights: ({ account: id, media }) => [`/instagram/images/${media}/insights?account_id=${id}`],
  listAccounts: 'own',
  createAccount: 'own',
  getAccount: ({ account: id }) => [`/accounts/${id}`],
  updateAccount: ({ account: id }) => [`/accounts/${id}`, { body: { sync: { interval_minutes: 5 } } }],
  deleteAccount: ({ account: id }) => [`/accounts/${id}`],
  listGrants: ({ account: id }) => [`/accounts/${id}/grants`],
  getGrant: ({ account: id }) => [`/accounts/${id}/grants/ada`],
  putGrant: ({ account: id }) => [`/accounts/${id}/grants/stranger`, { body: { role: 'owner' } }],
  deleteGrant: ({ account: id }) => [`/accounts/${id}/grants/ada`],
  getAccountSeries: ({ account: id }) => [`/accounts/${id}/series`],
  getAccountInsights: ({ account: id }) => [`/accounts/${id}/insights`],
};

const probed = routes.filter(({ contract }) => typeof PROBES[contract.operationId] === 'function');
const handlers = new Map(
  await Promise.all(
    routes.map(async ({ contract: { operationId }, entry }) => {
      const { handler } = await import(`./${entry}.ts`);
      return [operationId, handler] as const;
    }),
  ),
);

const everyScope = [...new Set(routes.map(({ contract }) => contract.scope))].join(' ');
const tokenOf = (sub: string) => ({ sub, scope: everyScope });
const ask = (operationId: string, things: Things, sub: string, headers: Readonly<Record<string, string>> = {}) => {
  const probe = PROBES[operationId];
  if (typeof probe !== 'function') throw new TypeError(`${operationId} has no probe`);
  const [target, options] = probe(things);
  return invoke(handlers.get(operationId), target, {
    ...options,
    headers: { ...options?.headers, ...headers },
    claims: tokenOf(sub),
  });
};
const call = (operationId: string, target: string, options: InvokeOptions) =>
  invoke(handlers.get(operationId), target, options) as Promise<{ status: number; body: Record<string, unknown> }>;

const grant = (accountId: number, principal: string) =>
  pool.query(sql.unsafe`
    INSERT INTO grants (account_id, principal, role, granted_by) VALUES (${accountId}, ${principal}, 'member', 'operator')
    ON CONFLICT DO NOTHING
  `);
const newest = (table: string) =>
  pool.oneFirst(sql.type(z.strictObject({ id: z.int() }))`
    SELECT id FROM ${sql.identifier([table])} ORDER BY id DESC LIMIT 1
  `);

await call('startSync', '/sync', {});
const posts = await call('listPosts', '/posts?limit=1', {});
const post = await newest('posts');
await call('createComment', `/posts/${post}/comment`, {
  body: { text: 'First' },
  headers: { 'Idempotency-Key': 'hers' },
  claims: tokenOf('ada'),
});
await call('createPublication', '/publications', {
  body: { image_url: 'https://files.test/a.jpg', scheduled_at: new Date(Date.now() + 3_600_000).toISOString() },
});
const own = await givenAccount(pool, '17841400000000099');
await pool.query(sql.unsafe`DELETE FROM grants`);
await grant(account.id, 'ada');
await grant(own.id, 'stranger with an account');

const EXISTING: Things = {
  account: account.id,
  post,
  comment: await newest('comments'),
  sync: await newest('sync_runs'),
  publication: await newest('publications'),
  media: String(await pool.oneFirst(sql.unsafe`SELECT instagram_id FROM posts WHERE id = ${post}`)),
  cursor: new URL(String(posts.body.next)).searchParams.get('cursor') ?? '',
};
const FAR = 4_000_000_000_000_000;
const MISSING: Things = {
  account: FAR,
  post: FAR + 1,
  comment: FAR + 2,
  sync: FAR + 3,
  publication: FAR + 4,
  media: '17999999999999999',
  cursor: EXISTING.cursor,
};

/** An answer with each id replaced by what it is the id of. */
const withoutIds = (answer: unknown, things: Things): unknown => {
  let text = JSON.stringify(answer);
  for (const [name, id] of Object.entries(things))
    text = text.replaceAll(new RegExp(`(?<![\\w-])${id}(?!\\w)`, 'g'), `<${name}>`);
  return JSON.parse(text);
};

/** What changed in the database, in a few words: nothing may. */
const stateOf = () =>
  pool.one(sql.unsafe`
    SELECT (SELECT count(*) FROM intents) AS intents, (SELECT count(*) FROM sync_runs) AS runs,
      (SELECT count(*) FROM uploads) AS uploads, (SELECT count(*) FROM publications) AS publications,
      (SELECT count(*) FROM open_writes) AS open_writes, (SELECT count(*) FROM insights) AS insights,
      (SELECT string_agg(status, ' ' ORDER BY id) FROM publications) AS statuses,
      (SELECT string_agg(principal || role, ' ' ORDER BY seq) FROM grants) AS grants,
      (SELECT string_agg(status || version, ' ' ORDER BY id) FROM accounts) AS accounts,
      (SELECT string_agg(text || hidden || coalesce(gone_at::text, ''), ' ' ORDER BY id) FROM comments) AS comments
  `);

const statements: string[] = [];
const { query } = Client.prototype;
beforeEach(() => {
  statements.length = 0;
  Client.prototype.query = function (this: Client, config: { text?: string } | string, ...rest: unknown[]) {
    statements.push(typeof config === 'string' ? config : (config.text ?? ''));
    return Reflect.apply(query, this, [config, ...rest]);
  } as typeof query;
});
afterEach(() => {
  Client.prototype.query = query;
});

test('every route is tried, and no other', () => {
  expect(Object.keys(PROBES).sort()).toEqual(routes.map(({ contract }) => contract.operationId).sort());
});

test('only routes that are open to everyone have nothing to hide', () => {
  const open = routes.filter(({ contract }) => contract.scope === null).map(({ contract }) => contract.operationId);
  const silent = Object.keys(PROBES).filter((operationId) => PROBES[operationId] === null);
  expect(silent.sort()).toEqual(open.sort());
});

describe.each(['stranger', 'stranger with an account'])('to a %s', (stranger) => {
  test.each(probed.map(({ contract }) => [contract.operationId]))(
    "%s of somebody else's thing is as of what does not exist",
    async (operationId) => {
      const before = await stateOf();
      statements.length = 0;
      const hidden = await ask(operationId, EXISTING, stranger);
      const asked = statements.splice(0);
      const missing = await ask(operationId, MISSING, stranger);

      expect(hidden.status).toBe(404);
      expect(withoutIds(hidden, EXISTING)).toEqual(withoutIds(missing, MISSING));
      expect(asked).toEqual(statements); // so it takes as long
      expect(asked.length).toBeGreaterThan(0);
      expect(await stateOf()).toEqual(before);
      expect(simulator.calls.count()).toBe(0);
      expect(sent).toEqual([]);
    },
  );

  test.each([
    ['createComment', { 'Idempotency-Key': 'hers' }],
    ['getPost', { 'If-None-Match': '*' }],
    ['listPosts', { 'If-None-Match': '*' }],
  ])('%s with %j tells nothing more', async (operationId, headers) => {
    const hidden = await ask(operationId, EXISTING, stranger, headers);
    const missing = await ask(operationId, MISSING, stranger, headers);
    expect(hidden.status).toBe(404);
    expect(withoutIds(hidden, EXISTING)).toEqual(withoutIds(missing, MISSING));
  });

  test("somebody else's cursor opens nothing", async () => {
    const target = (id: number) => `/posts?account_id=${id}&cursor=${EXISTING.cursor}`;
    const [hidden, missing] = await Promise.all(
      [EXISTING, MISSING].map(async (things) =>
        withoutIds(await call('listPosts', target(things.account), { claims: tokenOf(stranger) }), things),
      ),
    );
    expect(hidden).toEqual(missing);
    expect(hidden).toMatchObject({ status: 400 }); // it was made for another list
  });
});

describe('to whom it is granted', () => {
  afterEach(() => grant(account.id, 'ada')); // one route takes it away

  test('a list has what is granted, and nothing else', async () => {
    const listed = async (sub: string) =>
      (await call('listAccounts', '/accounts', { claims: tokenOf(sub) })).body.results;
    expect(await listed('ada')).toMatchObject([{ id: account.id }]);
    expect(await listed('stranger with an account')).toMatchObject([{ id: own.id }]);
    expect(await listed('stranger')).toEqual([]);
  });

  test.each(probed.map(({ contract }) => [contract.operationId]))('%s finds it', async (operationId) => {
    const { status } = await ask(operationId, EXISTING, 'ada');
    expect(status).not.toBe(404);
  });

  const THEIRS = expect.arrayContaining([expect.objectContaining({ account_id: account.id })]);
  const listPosts = (claims: Readonly<Record<string, unknown>> | undefined, query = '') =>
    call('listPosts', `/posts${query}`, claims === undefined ? {} : { claims: { scope: 'posts:read', ...claims } });

  test('an account is implied by being the only one that the caller sees, however many there are', async () => {
    expect(await listPosts({ sub: 'ada' })).toMatchObject({ status: 200, body: { results: THEIRS } });
    expect(await listPosts({ sub: 'stranger with an account' })).toMatchObject({ status: 200, body: { results: [] } });
    expect(await listPosts({ sub: 'stranger' })).toMatchObject({ status: 404, body: { code: 'account_not_found' } });
  });

  test('whoever sees two accounts must name one', async () => {
    await grant(own.id, 'ada');
    expect(await listPosts({ sub: 'ada' })).toMatchObject({ status: 409, body: { code: 'account_ambiguous' } });
    expect(await listPosts({ sub: 'ada' }, `?account_id=${account.id}`)).toMatchObject({ status: 200 });
    await pool.query(sql.unsafe`DELETE FROM grants WHERE account_id = ${own.id} AND principal = 'ada'`);
  });

  test('the scope accounts:all sees all, as everybody does without an issuer', async () => {
    for (const claims of [{ sub: 'operator', scope: 'posts:read accounts:all' }, undefined]) {
      expect(await listPosts(claims)).toMatchObject({ status: 409, body: { code: 'account_ambiguous' } });
      expect(await listPosts(claims, `?account_id=${account.id}`)).toMatchObject({ status: 200 });
    }
  });

  test('a client is not the user of the same name', async () => {
    expect(await listPosts({ client_id: 'ada' })).toMatchObject({ status: 404 });
    await grant(account.id, 'client:ada');
    expect(await listPosts({ client_id: 'ada' })).toMatchObject({ status: 200 });
  });

  test('what is granted to everybody is seen by everybody', async () => {
    await grant(account.id, '*');
    expect(await listPosts({ sub: 'stranger' })).toMatchObject({ status: 200, body: { results: THEIRS } });
    await pool.query(sql.unsafe`DELETE FROM grants WHERE principal = '*'`);
  });

  test('an upload of one account is none of another', async () => {
    const { body } = await call('createUpload', '/uploads', {
      body: { filename: 'a.jpg', content_type: 'image/jpeg', size: 9 },
      claims: tokenOf('ada'),
    });
    const publish = async (upload_key: unknown) => {
      const answer = await call('createPublication', '/publications', {
        body: { upload_key },
        claims: tokenOf('stranger with an account'),
      });
      return withoutIds(answer, EXISTING);
    };
    const hidden = await publish(body.key);
    expect(hidden).toMatchObject({ status: 404, body: { code: 'upload_not_found' } });
    expect(hidden).toEqual(await publish(`${body.key}0`));
  });
});
