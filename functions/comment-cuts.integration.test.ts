/** The connection to the database, or to Instagram, cut at every exchange of one request: still one comment. */
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { startCommentService } from '../lib/testing/comments.ts';
import { invoke } from '../lib/testing/invoke.ts';
import { type CutWhen, startTcpProxy, type TcpProxy } from '../lib/testing/tcp-proxy.ts';

const { pool, simulator, databaseUrl, givenPost, ownComments, countStored } = await startCommentService();
const portOf = (url: string) => Number(new URL(url).port);
const toDatabase = await startTcpProxy({ host: '127.0.0.1', port: portOf(databaseUrl) });
const toInstagram = await startTcpProxy({ host: '127.0.0.1', port: portOf(simulator.url) });
// biome-ignore lint/style/noProcessEnv: handlers read the environment when they are imported, as they do on Lambda
Object.assign(process.env, {
  DATABASE_URL: toDatabase.through(databaseUrl),
  INSTAGRAM_GRAPH_URL: toInstagram.through(simulator.graphUrls.instagram),
  DATABASE_POOL_SIZE: '1', // one connection, as on Lambda: its exchanges are in the request's own order
});
const { handler: createComment } = await import('./create-comment.ts');
afterAll(() => Promise.all([toDatabase.close(), toInstagram.close()]));

beforeEach(async () => {
  await pool.query(sql.unsafe`TRUNCATE posts, comments, intents, usage CASCADE`);
});

/** With how many exchanges a request has at least: fewer would mean that nothing was cut. */
const PROXIES: readonly [string, TcpProxy, number][] = [
  ['the database', toDatabase, 5],
  ['Instagram', toInstagram, 1],
];
const CUTS: readonly CutWhen[] = ['request', 'answer'];
/** Either nothing that the process says gets out from then on, as after a crash; or that one connection breaks. */
const cutAllOff = () => {
  for (const [, proxy] of PROXIES) proxy.cut();
};
const cases = PROXIES.flatMap(([name, proxy, least]) =>
  CUTS.flatMap((when) =>
    [cutAllOff, undefined].map(
      (onCut) => [name, when, onCut ? 'and everything after' : 'alone', { proxy, onCut, least }] as const,
    ),
  ),
);

test.each(cases)(
  '%s, at the n-th %s, %s: one comment for every n',
  async (_, when, __, { proxy, onCut, least }) => {
    let n = 0;
    for (let reached = true; reached; ) {
      n += 1;
      const post = await givenPost();
      const ask = (remainingMs: number) =>
        invoke(createComment, `/posts/${post.id}/comment`, {
          body: { text: 'Once' },
          headers: { 'idempotency-key': `cut ${n}` },
          remainingMs,
        });
      const before = proxy.exchanges();
      proxy.cutAt(n, when, onCut);
      const first = await ask(2_600);
      expect([201, 502, 503, 504]).toContain(first.status);
      reached = proxy.exchanges() - before >= n;
      for (const [, one] of PROXIES) one.restore();

      const again = await ask(29_000);
      expect(again).toMatchObject({ status: 201, body: { text: 'Once' } });
      if (first.status === 201) expect(again.body).toEqual(first.body);
      expect(ownComments(post.instagram_id)).toEqual(['Once']);
      expect(await countStored(post.id)).toBe(1);
    }
    expect(n).toBeGreaterThan(least);
  },
  120_000,
);
