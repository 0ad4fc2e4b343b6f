/**
 * Whatever writes on one object overlap, in whatever order, from two processes, with lost answers, late effects and crashes:
 * in the end what is stored is what Instagram shows.
 */

import { afterAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type DatabasePool, sql } from 'slonik';
import { z } from 'zod';
import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { parseEnv } from '../config.ts';
import { openDatabase } from '../database/create-database.ts';
import { ServiceError } from '../errors.ts';
import { exchangeError } from '../instagram/errors.ts';
import { startCommentService } from '../testing/comments.ts';
import { EVERYTHING } from '../testing/everything.ts';
import { Crashed, createFragileProcess } from '../testing/fragile-process.ts';
import { createOpenWrites } from '../testing/open-writes.ts';
import { createTurnstile, type Turnstile } from '../testing/turnstile.ts';
import { commentEnv, createComments } from './create-comments.ts';

const service = await startCommentService();
const { pool, databaseUrl, connectInstagram } = service;
const { givenComment, storedComment, storedSwitch, shownComment, shownSwitch, countOpen, passTime, presentTime } =
  createOpenWrites(service);
/** Two instances of the service share the database, and nothing else. */
const instances = [await openDatabase(databaseUrl, 8), await openDatabase(databaseUrl, 8)] as const;
afterAll(() => Promise.all(instances.map((instance) => instance.end())));

const RUNS = 150;

/** What becomes of a call that writes: `lost` it happened, `never` it did not, `later` it is still to happen; no answer. */
const anyFate = fc.constantFrom('done', 'done', 'done', 'lost', 'never', 'later');
const anyOperation = fc.record({
  what: fc.constantFrom('hide', 'show', 'switch_off', 'switch_on', 'delete', 'settle'),
  instance: fc.constantFrom(0, 1),
  fates: fc.array(anyFate, { minLength: 2, maxLength: 2 }),
  crash: fc.option(
    fc.record({ at: fc.integer({ min: 1, max: 10 }), when: fc.constantFrom('before' as const, 'after' as const) }),
    { nil: undefined, freq: 5 },
  ),
});
type Operation = typeof anyOperation extends fc.Arbitrary<infer Value> ? Value : never;
const anyRun = fc.record({
  // A deletion ends everything: seldom enough for most runs to be about the other writes.
  operations: fc
    .array(anyOperation, { minLength: 2, maxLength: 5 })
    .filter((all) => all.filter(({ what }) => what === 'delete').length <= 1),
  choices: fc.array(fc.nat(), { minLength: 40, maxLength: 40 }),
});
type Run = typeof anyRun extends fc.Arbitrary<infer Value> ? Value : never;

/** Statements outside of transactions, and transactions as a whole, wait for their turn. */
const gatedDatabase = (database: DatabasePool, { gate }: Turnstile): DatabasePool =>
  new Proxy(database, {
    get: (inner, name, receiver) => {
      const value = Reflect.get(inner, name, receiver) as unknown;
      if (typeof value !== 'function') return value;
      return async (...args: unknown[]) => {
        await gate();
        return await (value as (...args: unknown[]) => unknown).apply(inner, args);
      };
    },
  });

/** Instagram as one operation meets it: each call waits before its effect and before its answer. */
const gatedInstagram = (
  connected: ConnectedAccount,
  fates: Iterator<string>,
  { gate, beside }: Turnstile,
  late: Promise<unknown>[],
): ConnectedAccount => {
  const { comments, media } = connected.client;
  const read =
    <Args extends unknown[], Result>(call: (...args: Args) => Promise<Result>) =>
    async (...args: Args) => {
      await gate();
      const result = await call(...args);
      await gate();
      return result;
    };
  const write =
    <Args extends unknown[], Result>(call: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      await gate();
      const fate = fates.next().value ?? 'done';
      const lost = exchangeError({ call: 'POST {id}', write: true, failure: 'timeout' });
      if (fate === 'never') throw lost;
      if (fate === 'later') {
        late.push(beside(() => call(...args)).catch(() => undefined)); // of an object that is gone by then
        throw lost;
      }
      const result = await call(...args);
      await gate();
      if (fate === 'lost') throw lost;
      return result;
    };
  return {
    ...connected,
    client: {
      ...connected.client,
      media: { ...media, get: read(media.get) },
      comments: {
        ...comments,
        get: read(comments.get),
        setHidden: write(comments.setHidden),
        setEnabled: write(comments.setEnabled),
        remove: write(comments.remove),
      },
    },
  };
};

const keySchema = z.strictObject({ account_id: z.int(), id: z.int() });
const openKeys = () => pool.any(sql.type(keySchema)`SELECT account_id, id FROM open_writes`);
const env = parseEnv(commentEnv);

const play = async ({ operations, choices }: Run) => {
  await pool.query(sql.unsafe`TRUNCATE posts, comments, usage, open_writes CASCADE`);
  const { id, instagram_id, post } = await givenComment();
  await givenComment(); // a neighbour, by which one that is gone is told from an outage
  const turnstile = createTurnstile(choices);
  const late: Promise<unknown>[] = [];

  const perform = async ({ what, instance, fates, crash }: Operation) => {
    const process = createFragileProcess({ crash });
    const sends = fates[Symbol.iterator]();
    const comments = createComments(
      {
        database: process.wrapDatabase(gatedDatabase(instances[instance], turnstile)),
        connectInstagram: async (accountId) =>
          process.wrapConnected(gatedInstagram(await connectInstagram(accountId), sends, turnstile, late)),
      },
      env,
    );
    const deadline = performance.now() + 60_000;
    switch (what) {
      case 'hide':
      case 'show':
        return void (await comments.update(EVERYTHING, id, { hidden: what === 'hide' }, deadline));
      case 'switch_on':
      case 'switch_off':
        return void (await comments.switch(EVERYTHING, post.id, { comments_enabled: what === 'switch_on' }, deadline));
      case 'delete':
        return await comments.delete(EVERYTHING, id, deadline);
      case 'settle':
        for (const key of await openKeys()) await comments.settle(key, deadline);
    }
  };
  await turnstile.run(
    operations.map((operation) => async () => {
      await perform(operation).catch((error: unknown) => {
        if (!(error instanceof Crashed) && !(error instanceof ServiceError)) throw error;
      });
    }),
  );
  await Promise.all(late);

  /** Without open writes, what is stored must be true at once; the others the worker settles. */
  const settledAtOnce = (await openKeys()).length === 0;
  const compare = async () => {
    const shown = shownComment(instagram_id);
    const stored = await storedComment(id);
    const same = stored.gone === (shown === null) && (shown === null || stored.hidden === shown.hidden);
    return same && (await storedSwitch(post.id)) === shownSwitch(post.instagram_id);
  };
  const faults = [settledAtOnce && !(await compare()) && 'settled, and stored wrongly'];
  await passTime();
  const { settle } = createComments({ database: pool, connectInstagram }, env);
  for (const key of await openKeys()) await settle(key, performance.now() + 60_000);
  await presentTime();
  faults.push(!(await compare()) && 'stored wrongly', (await countOpen()) > 0 && 'never settled');
  return faults.filter((fault) => fault !== false);
};

test('what is stored in the end is what Instagram shows', async () => {
  await fc.assert(
    fc.asyncProperty(anyRun, async (run) => {
      expect(await play(run)).toEqual([]);
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
}, 120_000);
