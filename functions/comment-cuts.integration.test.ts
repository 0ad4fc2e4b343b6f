/** The connection to the database, or to Instagram, cut at every exchange of one request: still one comment. */
import { beforeEach, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { startCommentService } from '../lib/testing/comments.ts';
import { makeCuttable } from '../lib/testing/cuttable-service.ts';
import { invoke } from '../lib/testing/invoke.ts';
import type { CutWhen, TcpProxy } from '../lib/testing/tcp-proxy.ts';

const service = await startCommentService();
const { pool, givenPost, ownComments, countStored } = service;
const { toDatabase, toInstagram, cutAllOff, restoreAll } = await makeCuttable(service);
const { handler: createComment } = await import('./create-comment.ts');

beforeEach(async () => {
  await pool.query(sql.unsafe`TRUNCATE posts, comments, intents, usage CASCADE`);
});

/** With how many exchanges a request has at least: fewer would mean that nothing was cut. */
const PROXIES: readonly [string, TcpProxy, number][] = [
  ['the database', toDatabase, 5],
  ['Instagram', toInstagram, 1],
];
const CUTS: readonly CutWhen[] = ['request', 'answer'];
/** Either nothing that the process says gets out from then on; or that one connection breaks. */
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
      restoreAll();

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
