/**
 * A process that measures `POST …/comment` through the function's own handler, as Lambda would call it, against the same
 * write sent to Instagram plainly, alone and between the same commits. Prints one JSON line: the median of each, in
 * milliseconds.
 */
import { handler } from '../functions/create-comment.ts';
import { createAccountRepository } from '../lib/accounts/repository.ts';
import { onlyAccount } from '../lib/database/account-scope.ts';
import { createDatabase } from '../lib/database/create-database.ts';
import { createInstagramClient } from '../lib/instagram/client.ts';
import { storePage } from '../lib/posts/index.ts';
import { createPostRepository } from '../lib/posts/repository.ts';
import { toEvent } from '../local/platform/event.ts';
import { parseTarget } from './environment.ts';
import { createPlainComment } from './floor.ts';
import { median } from './report.ts';

const ROUNDS = 100;
const WARM_UP = 20;

const target = parseTarget();
const { BENCH_ACCOUNT_ID: account_id, INSTAGRAM_GRAPH_URL: graphUrl, BENCH_TOKEN: token } = target;
const database = await createDatabase({ DATABASE_URL: target.DATABASE_URL, DATABASE_POOL_SIZE: 1 });
const { account } = await createAccountRepository(database).getWithToken(account_id);

/** The account's newest media, stored as a post. */
const givenPost = async () => {
  const client = createInstagramClient({ login: 'instagram', graphUrl, version: 'v25.0', token });
  const { items, used } = await client.media.readPage(account.instagram_id, { limit: 1, after: null, fields: [] });
  await storePage(database, { account_id, run_id: null, read_at: null, media: items, fields: used.fields });
  const position = undefined;
  const [post] = await createPostRepository(database).list({
    scope: onlyAccount(account_id),
    account_id: undefined,
    position,
    limit: 1,
    include_gone: false,
  });
  if (post === undefined) throw new Error('the account has no media');
  return post;
};
const post = await givenPost();

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
};

const ROUTE = {
  routeKey: 'POST /api/v1/posts/{id}/comment',
  entry: 'create-comment',
  scope: null,
  pathParameters: { id: String(post.id) },
};
const throughService = (text: string) => async () => {
  const request = {
    id: 'bench',
    method: 'POST',
    path: `/api/v1/posts/${post.id}/comment`,
    query: '',
    rawHeaders: ['Host', '127.0.0.1', 'Content-Type', 'application/json'],
    body: Buffer.from(JSON.stringify({ text })),
    httpVersion: '1.1',
    sourceIp: '127.0.0.1',
    port: 80,
    receivedAt: new Date(),
  };
  const { statusCode, body } = await handler(toEvent(request, ROUTE), { getRemainingTimeInMillis: () => 29_000 });
  if (statusCode !== 201) throw new Error(`POST …/comment answers ${statusCode}: ${body}`);
};
const send = async (message: string): Promise<string> => {
  const response = await fetch(`${graphUrl}/v25.0/${post.instagram_id}/comments`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: new URLSearchParams({ message }),
  });
  if (!response.ok) throw new Error(`Instagram answers ${response.status}`);
  const { id } = (await response.json()) as { id: string };
  return id;
};
const floor = await createPlainComment(target.DATABASE_URL, { account_id, post_id: post.id });

const times = { service: [] as number[], plain: [] as number[], stored: [] as number[] };
for (let round = -WARM_UP; round < ROUNDS; round += 1) {
  // By turns, so that a slower moment of the machine slows all.
  const plain = await timed(() => send(`plain ${round}`));
  const stored = await timed(() => floor.write(`stored ${round}`, () => send(`stored ${round}`)));
  const service = await timed(throughService(`comment ${round}`));
  if (round < 0) continue;
  times.plain.push(plain);
  times.stored.push(stored);
  times.service.push(service);
}
const { service, plain, stored } = times;
console.log(JSON.stringify({ service: median(service), plain: median(plain), stored: median(stored) }));
await Promise.all([database.end(), floor.end()]);
