/** The connection to the database, or to Instagram, cut at every exchange of a publication: still one media. */
import { beforeEach, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { z } from 'zod';
import { makeCuttable } from '../lib/testing/cuttable-service.ts';
import { invoke } from '../lib/testing/invoke.ts';
import { startPublicationService } from '../lib/testing/publications.ts';
import type { CutWhen, TcpProxy } from '../lib/testing/tcp-proxy.ts';

// Short sends allow short turns: a process that is cut off tries to come back until its turn ends. Not so short that a busy
// machine cannot send in time: five such turns end a publication as failed.
const service = await startPublicationService({ INTENT_SEND_SECONDS: '0.3' });
const { pool, simulator, account, deliver, letTimePass, published, reset } = service;
const { toDatabase, toInstagram, cutAllOff, restoreAll } = await makeCuttable(service);
const { handler: createPublication } = await import('./create-publication.ts');
const { handler: getPublication } = await import('./get-publication.ts');
const { handler: publishWorker } = await import('./publish.consumer.ts');

beforeEach(reset);

/** What is cut, and the fewest exchanges of a publication: fewer would mean that nothing was cut. */
const cases: readonly [string, { proxy: TcpProxy; when: CutWhen; onCut?: () => void; least: number }][] = [
  ['a crash before it hears from the database', { proxy: toDatabase, when: 'answer', onCut: cutAllOff, least: 40 }],
  ['the connection to the database breaks', { proxy: toDatabase, when: 'answer', least: 40 }],
  ['a crash before Instagram hears of it', { proxy: toInstagram, when: 'request', onCut: cutAllOff, least: 5 }],
  ['a crash before it hears from Instagram', { proxy: toInstagram, when: 'answer', onCut: cutAllOff, least: 5 }],
  ['a call is lost', { proxy: toInstagram, when: 'request', least: 5 }],
  ['an answer is lost', { proxy: toInstagram, when: 'answer', least: 5 }],
];

const REQUEST_MS = 2_000;
/**
 * Of an invocation, of which the worker keeps 15 s for itself. Whoever may be cut off has little; whoever follows has as
 * much as a busy machine may need.
 */
const TURN_MS = { cut: 16_400, after: 40_000 };
/** Five turns without progress would end the publication as failed. */
const MAX_TURNS = { cut: 3, after: 12 };

/** The request, and turns of the worker; every pause passes at once, and so do lease and send of a process that was cut off. */
const publish = async (key: string) => {
  const answer = await invoke(createPublication, '/publications', {
    body: { image_url: 'https://files.example.com/harbour.jpg', caption: key },
    headers: { 'idempotency-key': key, prefer: 'respond-async' },
    remainingMs: REQUEST_MS,
  });
  return answer.status === 202 || answer.status === 201 ? answer.body.id : null;
};
const turn = async (id: number, turnMs: number) => {
  await letTimePass();
  await deliver(publishWorker, [{ account_id: account.id, publication_id: id }], turnMs);
};
/** By the database itself: a request might count as one of the exchanges. */
const statusOf = (id: number) =>
  pool.oneFirst(sql.type(z.strictObject({ status: z.string() }))`SELECT status FROM publications WHERE id = ${id}`);

test.each(cases)(
  'a cut at the n-th exchange %s: one media for every n',
  async (_, { proxy, when, onCut, least }) => {
    let n = 0;
    for (let reached = true; reached; ) {
      n += 1;
      const before = published();
      const begun = proxy.exchanges();
      proxy.cutAt(n, when, onCut);
      const first = await publish(`tide ${n}`);
      const isReached = () => proxy.exchanges() - begun >= n;
      for (let turns = 0; first !== null && !isReached() && turns < MAX_TURNS.cut; turns += 1) {
        await turn(first, TURN_MS.cut);
        if ((await statusOf(first)) === 'published') break;
      }
      reached = isReached();
      restoreAll();

      const id = await publish(`tide ${n}`);
      if (id === null) throw new Error('the second request is not accepted');
      for (let turns = 0; turns < MAX_TURNS.after && (await statusOf(id)) !== 'published'; turns += 1) {
        await turn(id, TURN_MS.after);
      }
      const { body } = await invoke(getPublication, `/publications/${id}`);
      expect(body).toMatchObject({ status: 'published', error: null });
      expect(published().filter((media) => !before.includes(media))).toEqual([body.media_id]);
      await pool.query(sql.unsafe`UPDATE publications SET published_at = published_at - interval '2 days'`); // outside of the quota's window
      simulator.world.containers.setQuota(account.instagram_id, { total: 1_000 });
    }
    expect(n).toBeGreaterThan(least);
  },
  300_000,
);
