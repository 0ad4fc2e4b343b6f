/** The plans of lists, searches and claims on tables that were filled a moment ago, and that nobody has analysed. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { type CommonQueryMethods, sql } from 'slonik';
import { COMMENT_KINDS } from '../comments/comment-intent.ts';
import { createOpenWriteRepository } from '../comments/open-write-repository.ts';
import { createCommentRepository } from '../comments/repository.ts';
import { namedAccountSchema } from '../contract.ts';
import { visibleTo } from '../database/account-scope.ts';
import { createInsightsRepository } from '../insights/repository.ts';
import { createIntentWork } from '../intents/index.ts';
import { createPublicationRepository } from '../publications/repository.ts';
import { createSyncRunRepository } from '../sync/repository.ts';
import { EVERYTHING } from '../testing/everything.ts';
import { explain, explainInWords, nodesOf, type PlanNode } from '../testing/explain.ts';
import { createTestDatabase } from '../testing/postgres.ts';
import { givenAccount } from '../testing/posts.ts';
import { createPostRepository } from './repository.ts';

const { pool } = await createTestDatabase();
const accountIds = await Promise.all(['1', '2', '3'].map(async (name) => (await givenAccount(pool, name)).id));
const [first = 0, second = 0, third = 0] = accountIds;
const ROWS = 10_000;

beforeAll(async () => {
  for (const table of ['posts', 'comments', 'publications', 'sync_runs', 'intents', 'insights', 'open_writes']) {
    await pool.query(sql.unsafe`ALTER TABLE ${sql.identifier([table])} SET (autovacuum_enabled = off)`);
  }
});

/** An account as a first sync leaves it. One piece of work in so many is due. */
const fill = async (account_id: number, oneIn: number) => {
  const due = sql.fragment`CASE WHEN n % ${oneIn} = 0 THEN now() END`;
  await pool.query(sql.unsafe`
    INSERT INTO posts (account_id, id, instagram_id, caption, caption_search, media_type, posted_at, synced_at, media_url)
    SELECT ${account_id}::int8, n, n::text, 'Caption ' || n, 'caption ' || n, (ARRAY['IMAGE', 'VIDEO', 'CAROUSEL_ALBUM'])[1 + n % 3],
      timestamptz '2026-01-01' + n * interval '1 minute', now(), repeat('x', 400)
    FROM generate_series(1, ${ROWS}) AS n ORDER BY hashint4(n)
  `);
  await pool.query(sql.unsafe`
    INSERT INTO comments (account_id, id, instagram_id, post_id, parent_id, text, commented_at)
    SELECT ${account_id}::int8, n, n::text, 1, CASE WHEN n > 5000 THEN 1 END, 'Comment', timestamptz '2026-01-01' + n * interval '1 minute'
    FROM generate_series(1, ${ROWS}) AS n ORDER BY n = 1 DESC, hashint4(n)
  `);
  await pool.query(sql.unsafe`
    INSERT INTO sync_runs (account_id, id, mode, status, next_wake_at)
    SELECT ${account_id}::int8, n, 'full', 'succeeded', NULL FROM generate_series(1, ${ROWS}) AS n ORDER BY hashint4(n)
  `);
  await pool.query(sql.unsafe`
    INSERT INTO publications (account_id, id, kind, status, request, due_at, containers_needed, next_wake_at)
    SELECT ${account_id}::int8, n, 'image', 'scheduled', '{}', now(), 1, ${due} FROM generate_series(1, ${ROWS}) AS n
    ORDER BY hashint4(n)
  `);
  await pool.query(sql.unsafe`
    INSERT INTO intents (account_id, id, kind, target_id, text_digest, send_by, idempotency_key, request_hash, next_wake_at)
    SELECT ${account_id}::int8, n, 'comment', '1', n::text, now(), n::text, '', ${due} FROM generate_series(1, ${ROWS}) AS n
    ORDER BY hashint4(n)
  `);
  await pool.query(sql.unsafe`
    INSERT INTO insights (account_id, instagram_id, captured_at, since, until, whole, metrics, unavailable)
    SELECT ${account_id}::int8, 1 + n % 2, timestamptz '2026-01-01' + n * interval '1 hour', now(), now(), true, '{"views": 1}', '[]'
    FROM generate_series(1, ${ROWS}) AS n ORDER BY hashint4(n)
  `);
  await pool.query(sql.unsafe`
    INSERT INTO open_writes (account_id, id, object, object_id, epoch, begun, ends_by, next_wake_at)
    SELECT ${account_id}::int8, n, 'post', n, n, '{}', now(), coalesce(${due}, now() + interval '1 hour') FROM generate_series(1, ${ROWS}) AS n ORDER BY hashint4(n)
  `);
};
const analyse = () =>
  pool.query(sql.unsafe`ANALYZE posts, comments, sync_runs, publications, intents, insights, open_writes`);

const TIME = { direction: 'next', key: ['2026-01-05T00:00:00Z', '5000'] } as const;
const ID = { direction: 'next', key: ['5000'] } as const;
const back = <Key extends { key: readonly string[] }>({ key }: Key) => ({ direction: 'previous' as const, key });
const page = { position: undefined, limit: 51 };
const RANGE = { since: '2026-01-02T00:00:00Z', until: '2026-01-06T00:00:00Z' };

const GRANTED = visibleTo({ principal: 'ada', seesAll: false });

type Call = (database: CommonQueryMethods) => Promise<unknown>;
type Of = (account_id: number) => Call;
type PostQuery = Parameters<ReturnType<typeof createPostRepository>['list']>[0];
type CommentQuery = Parameters<ReturnType<typeof createCommentRepository>['list']>[0];
const listPosts =
  (query: Partial<PostQuery>): Of =>
  (account_id) =>
  (database) =>
    createPostRepository(database).list({
      scope: EVERYTHING,
      account_id: namedAccountSchema.parse(account_id),
      ...page,
      include_gone: false,
      ...query,
    });
const listComments =
  (query: Partial<CommentQuery>): Of =>
  (account_id) =>
  (database) =>
    createCommentRepository(database).list({ account_id, post_id: 1, parent_id: undefined, ...page, ...query });

const LISTS: [string, string, Of][] = [
  ['posts', 'posts_newest_first', listPosts({})],
  ['posts of the only account', 'posts_newest_first', listPosts({ account_id: undefined })],
  ['posts by a grant', 'posts_newest_first', listPosts({ scope: GRANTED })],
  ['posts of the only granted account', 'posts_newest_first', listPosts({ scope: GRANTED, account_id: undefined })],
  ['posts, further on', 'posts_newest_first', listPosts({ position: TIME })],
  ['posts, back', 'posts_newest_first', listPosts({ position: back(TIME) })],
  ['posts with those gone', 'posts_newest_first', listPosts({ include_gone: true })],
  ['posts since', 'posts_newest_first', listPosts({ since: RANGE.since })],
  ['posts until', 'posts_newest_first', listPosts({ until: RANGE.until })],
  ['posts within', 'posts_newest_first', listPosts(RANGE)],
  ['posts within, further on', 'posts_newest_first', listPosts({ ...RANGE, position: TIME })],
  ['posts of a type', 'posts_by_media_type', listPosts({ media_type: 'IMAGE' })],
  [
    'posts of a type within, back',
    'posts_by_media_type',
    listPosts({ ...RANGE, media_type: 'VIDEO', position: back(TIME) }),
  ],
  ['comments', 'comments_newest_first', listComments({})],
  ['comments, further on', 'comments_newest_first', listComments({ position: TIME })],
  ['comments, back', 'comments_newest_first', listComments({ position: back(TIME) })],
  ['replies', 'comments_by_thread', listComments({ parent_id: 1 })],
  ['replies, further on', 'comments_by_thread', listComments({ parent_id: 1, position: TIME })],
  [
    'runs',
    'sync_runs_pkey',
    (account_id) => (database) => createSyncRunRepository(database).list({ account_id, ...page }),
  ],
  [
    'runs, further on',
    'sync_runs_pkey',
    (account_id) => (database) => createSyncRunRepository(database).list({ account_id, ...page, position: ID }),
  ],
  [
    'publications',
    'publications_pkey',
    (account_id) => (database) => createPublicationRepository(database).list({ account_id, ...page }),
  ],
  [
    'publications, back',
    'publications_pkey',
    (account_id) => (database) =>
      createPublicationRepository(database).list({ account_id, ...page, position: back(ID) }),
  ],
  [
    'figures of a post',
    'insights_pkey',
    (account_id) => (database) => createInsightsRepository(database).listHistory(account_id, '1'),
  ],
  [
    'figures of the account',
    'insights_pkey',
    (account_id) => (database) => createInsightsRepository(database).listAccountHistory(account_id, '1'),
  ],
];

const wakeDueIntents: Call = async (database) => {
  const sender = { sendMany: async () => undefined };
  const [intents] = createIntentWork(database, { watched: COMMENT_KINDS, sender });
  await intents?.wakeDue(500);
};

/** Indexes that hold no row but those that a claim is about. */
const CLAIMS: [string, readonly string[], Call][] = [
  ['intents', ['intents_due'], wakeDueIntents],
  ['publications', ['publications_due'], (database) => createPublicationRepository(database).claimDue(500)],
  [
    'sync_runs',
    ['sync_runs_due', 'sync_runs_one_active'],
    (database) => createSyncRunRepository(database).claimDue(500),
  ],
  ['open_writes', ['open_writes_due'], (database) => createOpenWriteRepository(database).claimDue(500)],
];

/** From the top of a plan to what reads from an index. */
const pathTo = (index: string, plan: PlanNode): PlanNode[] => {
  if (plan['Index Name'] === index) return [plan];
  const paths = (plan.Plans ?? []).map((child) => pathTo(index, child));
  const found = paths.find((path) => path.length > 0);
  return found === undefined ? [] : [plan, ...found];
};

describe.each([
  ['freshly filled', first, () => fill(first, 100)],
  ['of two accounts, neither analysed, all work of one due', second, () => fill(second, 1)],
  ['analysed', first, analyse],
  ['filled for another account after that', third, () => fill(third, 1)],
] as const)('%s', (_, account_id, prepare) => {
  beforeAll(async () => {
    await prepare();
  });

  test.each(LISTS)('%s: read from %s in its order, without a sort', async (__, index, of) => {
    const kinds = pathTo(index, await explain(pool, of(account_id))).map((node) => node['Node Type']);
    expect(kinds.at(-1)).toBe('Index Scan');
    expect(kinds).not.toContain('Sort');
  });

  test('a search scans the posts in their order', async () => {
    const plan = await explain(pool, (database) =>
      createPostRepository(database).scan('cap', { account_id, ...page, include_gone: false }, { atMost: 2_000 }),
    );
    const nodes = nodesOf(plan);
    expect(nodes.map((node) => node['Node Type'])).not.toContain('Sort');
    expect(nodes.flatMap((node) => node['Index Name'] ?? [])).toEqual(['posts_newest_first', 'posts_newest_first']);
  });

  test.each(CLAIMS)('due %s are found by %j', async (__, indexes, call) => {
    const plan = await explain(pool, call);
    expect(indexes.filter((index) => pathTo(index, plan).length > 0)).toHaveLength(1);
  });

  // Of runs there is one an account, and a hundred rows are sorted at once.
  if (account_id !== first) {
    test.each(CLAIMS.filter(([name]) => name !== 'sync_runs'))(
      'ten thousand due %s are taken in the order of %j, without a sort',
      async (__, ___, call) => {
        const kinds = nodesOf(await explain(pool, call)).map((node) => node['Node Type']);
        expect(kinds).not.toContain('Sort');
        expect(kinds).not.toContain('Seq Scan');
      },
    );
  }

  test.each(['caption 4999', 'caption 49', 'no such thing'])(
    'a search for %j asks the index for captions',
    async (q) => {
      const plan = await explain(pool, (database) =>
        createPostRepository(database).search(q, { account_id, ...page, include_gone: false }),
      );
      const scans = nodesOf(plan).filter(
        (node) => node['Relation Name'] === 'posts' || node['Index Name'] !== undefined,
      );
      expect(scans.map((node) => node['Index Name'] ?? node['Node Type'])).toEqual([
        'Bitmap Heap Scan',
        'posts_caption_search',
      ]);
    },
  );
});

/**
 * `service_now()` is inlined: a plan with it is the plan with what it stands for, with nothing evaluated in between. So a
 * test may move the clock, and the service pays nothing for it.
 */
describe('service_now()', () => {
  // Tests have one that they can move; this is about the deployed one (migration 0050).
  beforeAll(async () => {
    await analyse(); // what a connection has seen of an index before is in the costs, too; now none has seen any
    await pool.query(sql.unsafe`
      CREATE OR REPLACE FUNCTION service_now() RETURNS timestamptz LANGUAGE sql VOLATILE RETURN clock_timestamp()
    `);
  });

  const STATEMENTS: [string, Call][] = [
    ...LISTS.map(([name, , of]): [string, Call] => [name, of(first)]),
    ...CLAIMS.map(([name, , call]): [string, Call] => [`claim of ${name}`, call]),
  ];

  test.each(STATEMENTS)('%s: the plan does not know of it', async (_, call) => {
    const asked = await explainInWords(pool, call);
    expect(asked).not.toContain('service_now');
    const written = await explainInWords(pool, call, (text) => text.replaceAll('service_now()', 'clock_timestamp()'));
    expect(asked).toEqual(written);
  });

  test('claims of due rows go by service_now()', async () => {
    for (const [, , call] of CLAIMS) expect(await explainInWords(pool, call)).toContain('clock_timestamp');
  });
});
