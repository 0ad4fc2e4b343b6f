/**
 * A process that measures `GET /posts` through the function's own handler, as Lambda would call it: pages near and deep,
 * the same SQL through `pg` alone, and searches. Prints one JSON line, in milliseconds.
 */
import { Client } from 'pg';
import { handler } from '../functions/list-posts.ts';
import { onlyAccount } from '../lib/database/account-scope.ts';
import { createDatabase } from '../lib/database/create-database.ts';
import { createListPosts } from '../lib/posts/list-posts.ts';
import { createPostRepository } from '../lib/posts/repository.ts';
import { toEvent } from '../local/platform/event.ts';
import { parseSeeded } from './environment.ts';
import { median, percentile } from './report.ts';
import { SEEDED_NEEDLES } from './seed-posts.ts';

const { DATABASE_URL, BENCH_ACCOUNT_ID: account_id } = parseSeeded();
const DEEP = 900_000;
const PAGE = 50;
const ROUNDS = 300;
const SEARCH_ROUNDS = 9;

const REQUEST = {
  id: 'bench',
  method: 'GET',
  path: '/api/v1/posts',
  rawHeaders: ['Host', '127.0.0.1'],
  body: Buffer.alloc(0),
  httpVersion: '1.1',
  sourceIp: '127.0.0.1',
  port: 80,
};
const ROUTE = { routeKey: 'GET /api/v1/posts', entry: 'list-posts', scope: null };

const client = new Client({ connectionString: DATABASE_URL });
await client.connect();

/** Something to time: what it needs is made ready before. */
type Work = () => () => Promise<unknown>;

/** A request as the gateway hands it over; what is timed is the handler, from event to answer. */
const ask =
  (query: Record<string, string>): Work =>
  () => {
    const search = String(new URLSearchParams({ limit: String(PAGE), ...query }));
    const event = toEvent({ ...REQUEST, query: search, receivedAt: new Date() }, ROUTE);
    return async () => {
      const { statusCode, body } = await handler(event, { getRemainingTimeInMillis: () => 29_000 });
      if (statusCode !== 200) throw new Error(`GET /posts?${search} answers ${statusCode}: ${body}`);
    };
  };

/**
 * Times of works that take turns, so that a slower moment of the machine slows all of them; each round begins with
 * another one, so that none always follows the same. The first tenth warms up.
 */
const compare = async <Name extends string>(rounds: number, works: Record<Name, Work>) => {
  const names = Object.keys(works) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, number[]>;
  const warmUp = Math.ceil(rounds / 10);
  for (let round = 0; round < warmUp + rounds; round += 1) {
    const turn = round % names.length;
    for (const name of [...names.slice(turn), ...names.slice(0, turn)]) {
      const work = works[name]();
      const startedAt = performance.now();
      await work();
      if (round >= warmUp) times[name].push(performance.now() - startedAt);
    }
  }
  return times;
};

const mapTimes = <Name extends string>(times: Record<Name, number[]>, pick: (times: readonly number[]) => number) =>
  Object.fromEntries(Object.entries<number[]>(times).map(([name, all]) => [name, pick(all)]));

/** The cursor of a page whose last post is the one at `rank`, as the list itself makes it. */
const cursorAt = async (rank: number): Promise<string> => {
  const { rows } = await client.query<{ id: string }>(
    'SELECT id FROM posts WHERE account_id = $1 ORDER BY posted_at DESC, id DESC OFFSET $2 LIMIT 1',
    [account_id, rank - 1],
  );
  const database = await createDatabase({ DATABASE_URL, DATABASE_POOL_SIZE: 1 });
  const [post] = await createPostRepository(database).findMany(account_id, [Number(rows[0]?.id)]);
  if (post === undefined) throw new Error(`there is no post at ${rank}`);
  const posts = { ...createPostRepository(database), list: async () => [post, post] };
  const listPosts = createListPosts({ posts, resolveAccount: async () => ({ id: account_id }) as never });
  const { next } = await listPosts({
    scope: onlyAccount(account_id),
    account_id: undefined,
    limit: 1,
    include_gone: false,
  });
  return next ?? '';
};

/** The statement that the handler runs for the first page, taken from `pg` on its way. */
const statementOf = async (work: () => Promise<unknown>): Promise<{ text: string; values: unknown[] }> => {
  const seen: { text: string; values: unknown[] }[] = [];
  const { query } = Client.prototype;
  Client.prototype.query = function (this: Client, config: (typeof seen)[number], ...rest: unknown[]) {
    seen.push(config);
    return Reflect.apply(query, this, [config, ...rest]);
  } as typeof query;
  await work();
  Client.prototype.query = query;
  const [statement, ...more] = seen;
  if (statement === undefined || more.length > 0) throw new Error(`a page takes ${seen.length} statements, not one`);
  return statement;
};

const first = ask({});
await first()();
const { text, values } = await statementOf(first());
const deep = ask({ cursor: await cursorAt(DEEP) });
const pages = await compare(ROUNDS, { first, deep, bare: () => () => client.query(text, values) });
const searches = await compare(SEARCH_ROUNDS, {
  rare: ask({ q: SEEDED_NEEDLES.rare }),
  common: ask({ q: SEEDED_NEEDLES.common }),
  absent: ask({ q: SEEDED_NEEDLES.absent }),
  short: ask({ q: SEEDED_NEEDLES.short }),
});
console.log(
  JSON.stringify({
    // Noise only makes a time longer, so the fastest tenth of the requests is compared.
    pages: mapTimes(pages, (times) => percentile(times, 0.1)),
    searches: mapTimes(searches, median),
  }),
);
await client.end();
await (await createDatabase({ DATABASE_URL, DATABASE_POOL_SIZE: 1 })).end();
