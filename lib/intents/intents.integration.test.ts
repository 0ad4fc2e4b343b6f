/** Intents alone, in situations that comments on a simulated Instagram meet too rarely. */
import { setTimeout as delay } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { type DatabasePool, sql } from 'slonik';
import { z } from 'zod';
import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { recordStanding } from '../accounts/standing.ts';
import { databaseUnavailable } from '../database/database-error.ts';
import { ServiceError } from '../errors.ts';
import { answeredError, exchangeError, type InstagramError } from '../instagram/errors.ts';
import { moveClock } from '../testing/move-clock.ts';
import { createTestDatabase } from '../testing/postgres.ts';
import { createConfirmAnswer } from './claim-effects.ts';
import type { IntentDeps } from './deps.ts';
import { bodyOf, createIntents, createIntentWork } from './index.ts';
import { type Effect, type IntentKind, NEVER_KNOWN } from './kind.ts';
import { createReadBackRepository } from './read-back-repository.ts';
import { createIntentRepository } from './repository.ts';
import type { IntentKey, IntentRow } from './schema.ts';

const { pool } = await createTestDatabase();
const TIMING = { sendMs: 150, settleMs: 120, spacingMs: 20 };

const [accountId] = await pool.anyFirst(sql.type(z.strictObject({ id: z.int() }))`
  INSERT INTO accounts (instagram_id, login, token_ciphertext, token_key_id, token_cipher_version)
  VALUES ('17841400000000001', 'instagram', '', 'none', 1) RETURNING id
`);
if (accountId === undefined) throw new TypeError('no account');

/** What a send brings: an effect or none, and its answer or a failure. */
interface Send {
  effect?: 'now' | 'none';
  fails?: InstagramError;
}
const ABOUT = { call: 'POST {id}/comments', write: true };
const NOT_SENT = exchangeError({ ...ABOUT, failure: 'not_sent', nothingSent: true });
const LOST = exchangeError({ ...ABOUT, failure: 'connection_lost' });
const refusal = (code: number, error_subcode: number | null = null) =>
  answeredError({
    ...ABOUT,
    httpStatus: 400,
    isTransient: false,
    userMessage: null,
    details: { code, error_subcode, message: 'no', fbtrace_id: null },
  });

/** Intents of one kind, whose effects are entries of a list. */
const stage = ({ database = pool as DatabasePool, now = () => performance.now(), timing = TIMING } = {}) => {
  const world: { external_id: string; at: string | null }[] = [];
  const sends: Send[] = [];
  const sent: number[] = [];
  const stored: (string | null)[] = [];
  const undone: string[] = [];
  const logged: unknown[] = [];
  const listing = { blind: false, effects: [] as Effect[] };
  let reads = 0;
  let made = 0;

  /** `at`: when it came about; null: a moment ago, as far as anybody can tell. */
  const bring = (at: string | null = null): string => {
    made += 1;
    const external_id = `effect-${made}`;
    world.push({ external_id, at });
    return external_id;
  };
  const kind: IntentKind = {
    send: async (_, intent, { deadline }) => {
      if (performance.now() >= deadline) throw exchangeError({ ...ABOUT, failure: 'deadline', nothingSent: true });
      sent.push(intent.id);
      const { effect = 'now', fails } = sends.shift() ?? {};
      const brought = effect === 'now' && fails?.writeEffect !== 'none_retryable' ? bring() : null;
      if (fails !== undefined) throw fails;
      return brought ?? '';
    },
    readBack: async () => {
      reads += 1;
      const seen = world.map(({ external_id, at }): Effect => ({ external_id, at, known_at: null, detail: null }));
      return { effects: listing.blind ? [] : seen, conclusive: !listing.blind };
    },
    confirm: async (_connection, _account, intent, { external_id }) => {
      stored.push(external_id);
      return { status: 201, body: { intent: intent.id, effect: external_id } };
    },
    explain: async () => null,
    givenUp: () => NEVER_KNOWN,
    undo: async (_, externalId) => {
      undone.push(externalId);
      world.splice(
        world.findIndex(({ external_id }) => external_id === externalId),
        1,
      );
    },
  };
  const account = {
    id: accountId,
    instagram_id: '17841400000000001',
    username: 'us',
    token_digest: '',
    token_state: 'alive',
  };
  const log = (_: unknown, fields: unknown) => void logged.push(fields);
  const deps: IntentDeps = {
    database,
    connectInstagram: async () => ({ account, client: {}, usage: {} }) as unknown as ConnectedAccount,
    kinds: { comment: kind },
    timing,
    logger: { info: log, warn: log, error: log } as IntentDeps['logger'],
    now,
    sleep: (ms) => delay(ms),
  };
  const { accept, follow } = createIntents(deps);
  const ask = (key: string | null, { text = 'Hello', patienceMs = 3_000 } = {}) =>
    accept({
      account_id: accountId,
      key: key === null ? null : { principal: 'client', key },
      hash: text,
      begin: async () => ({
        kind: 'comment',
        target_id: 'target',
        post_id: null,
        parent_id: null,
        text,
        text_digest: text,
      }),
      deadline: performance.now() + patienceMs,
    });
  const intents = createIntentRepository(pool);
  const settle = (key: IntentKey, deadline: number) => follow(key, { as: 'watcher', deadline });
  /** What a crash leaves behind: accepted and sent or not, by a process that is gone. */
  const leaveBehind = async (
    key: string | null,
    { text = 'Hello', sendMs = TIMING.sendMs } = {},
  ): Promise<IntentRow> => {
    const row = await intents.accept(
      {
        account_id: accountId,
        kind: 'comment',
        target_id: 'target',
        post_id: null,
        parent_id: null,
        text,
        text_digest: text,
        principal: key === null ? null : 'client',
        idempotency_key: key ?? `own ${Math.random()}`,
        request_hash: text,
      },
      sendMs,
    );
    if (row === null) throw new TypeError('the key is taken');
    return row;
  };
  const rowOf = async ({ id }: { id: number }): Promise<IntentRow> => {
    const row = await intents.find({ account_id: accountId, id });
    if (row === null) throw new TypeError('no such intent');
    return row;
  };
  /** Turns of the worker until the row is as wanted. */
  const settleUntil = async (key: { id: number }, wished: (row: IntentRow) => boolean) => {
    for (let row = await rowOf(key); !wished(row); row = await rowOf(key)) {
      await settle({ account_id: accountId, id: key.id }, performance.now() + 5_000);
      await delay(10);
    }
    return await rowOf(key);
  };
  return {
    deps,
    ask,
    intents,
    settle,
    settleUntil,
    leaveBehind,
    rowOf,
    bring,
    world,
    sends,
    sent,
    stored,
    undone,
    logged,
    listing,
    reads: () => reads,
    confirmAnswer: createConfirmAnswer(deps),
    account: account as ConnectedAccount['account'],
  };
};

const only = () =>
  pool.one(sql.type(z.object({ state: z.string(), attempt: z.int(), fence: z.int() }))`
    SELECT state, attempt, fence FROM intents
  `);
const failure = (promise: Promise<unknown>): Promise<ServiceError> =>
  promise.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => {
      if (error instanceof ServiceError) return error;
      throw error;
    },
  );

beforeEach(async () => {
  await pool.query(sql.unsafe`TRUNCATE intents, usage CASCADE`);
  await moveClock(pool, '0 seconds');
});

describe('what never left this machine', () => {
  test('a send that never left this machine is tried again at once, and counts as one send', async () => {
    const { ask, sends, sent } = stage();
    sends.push({ fails: NOT_SENT }, { fails: NOT_SENT });
    expect(await ask(null)).toMatchObject({ outcome: { status: 201 } });
    expect(sent).toHaveLength(3);
    expect(await only()).toEqual({ state: 'confirmed', attempt: 1, fence: 3 });
  });

  test('a request of which no send ever left this machine is told so, and its key may be used again', async () => {
    const { ask, sends } = stage();
    sends.push({ fails: NOT_SENT }, { fails: NOT_SENT }, { fails: NOT_SENT });
    expect(await failure(ask('k', { patienceMs: 6_000 }))).toMatchObject({ code: 'instagram_error' });
    expect(await only()).toMatchObject({ state: 'pending', attempt: 0 });
    await moveClock(pool, '1 hour');
    expect(await ask('k')).toMatchObject({ outcome: { status: 201 } });
  });
});

describe('a process that crashed', () => {
  test('after a crash before the send, a request with the same key finds out and sends', async () => {
    const { ask, leaveBehind, sent } = stage();
    await leaveBehind('k');
    expect(await ask('k')).toMatchObject({ outcome: { status: 201 }, replayed: true });
    expect(sent).toHaveLength(1);
    expect(await only()).toEqual({ state: 'confirmed', attempt: 2, fence: 2 });
  });

  test('after a crash behind the send, a request with the same key finds the effect and sends nothing', async () => {
    const { ask, leaveBehind, bring, sent } = stage();
    const row = await leaveBehind('k');
    const effect = bring();
    expect(bodyOf(await ask('k'))).toEqual({ intent: row.id, effect });
    expect(sent).toEqual([]);
  });

  test('after a crash of a request without a key, the worker finds out, and never sends', async () => {
    const { leaveBehind, settleUntil, sent } = stage();
    const row = await leaveBehind(null);
    await settleUntil(row, ({ background_reads }) => background_reads >= 3);
    expect(sent).toEqual([]);
    expect(await only()).toMatchObject({ state: 'unknown', attempt: 1 });
  });

  test('a sender that may be alive is waited for', async () => {
    const { ask, leaveBehind, reads } = stage();
    await leaveBehind('k', { sendMs: 60_000 });
    expect(await failure(ask('k', { patienceMs: 300 }))).toMatchObject({ code: 'idempotency_in_progress' });
    expect(reads()).toBe(0);
  });
});

describe('read-backs', () => {
  test('a read-back counts as absent only after the effect had time to show', async () => {
    const { leaveBehind, settle, rowOf, reads } = stage();
    const row = await leaveBehind('k', { sendMs: 1 });
    await delay(5);
    await settle(row, performance.now() + 1_000);
    expect(reads()).toBe(1);
    expect(await rowOf(row)).toMatchObject({ state: 'unknown', absent_reads: 0 });
  });

  test('a read-back does not count while a sibling’s effect may still show', async () => {
    const { leaveBehind, settleUntil } = stage();
    const row = await leaveBehind('k', { sendMs: 1 });
    await leaveBehind(null, { sendMs: 60_000 });
    expect(await settleUntil(row, ({ background_reads }) => background_reads >= 4)).toMatchObject({ absent_reads: 0 });
  });

  test('a read-back of an empty listing does not count', async () => {
    const { leaveBehind, settleUntil, listing } = stage();
    listing.blind = true;
    const row = await leaveBehind('k', { sendMs: 1 });
    expect(await settleUntil(row, ({ background_reads }) => background_reads >= 4)).toMatchObject({ absent_reads: 0 });
  });

  test('only one at a time reads back', async () => {
    const { leaveBehind, settle, reads } = stage({ timing: { ...TIMING, settleMs: 60_000 } }); // longer than any turn here
    const row = await leaveBehind('k', { sendMs: 1 });
    await delay(5);
    await Promise.all(Array.from({ length: 10 }, () => settle(row, performance.now() + 1_000)));
    expect(reads()).toBe(1);
  });

  test('after twelve read-backs in vain, the outcome stays unknown for ever', async () => {
    const { ask, leaveBehind, settleUntil, logged, reads } = stage();
    const row = await leaveBehind('k', { sendMs: 1 });
    await pool.query(sql.unsafe`UPDATE intents SET background_reads = 11, absent_reads = 9`);
    await settleUntil(row, ({ state }) => state === 'abandoned');
    expect(reads()).toBe(1);
    expect(logged).toContainEqual(expect.objectContaining({ event: 'intent_abandoned', intent_id: row.id }));
    const told = await failure(ask('k').then(bodyOf));
    expect(told).toMatchObject({ code: 'outcome_unknown', options: { replayed: true } });
  });

  test('after a day, the outcome stays unknown for ever', async () => {
    const { leaveBehind, settleUntil, reads } = stage();
    const row = await leaveBehind('k', { sendMs: 1 });
    await moveClock(pool, '25 hours');
    await settleUntil(row, ({ state }) => state === 'abandoned');
    expect(reads()).toBe(0);
  });

  test.each<[string, (account: ConnectedAccount['account']) => unknown]>([
    ['throttled', (account) => recordStanding(pool, account, refusal(4))],
    ['blocked', (account) => recordStanding(pool, account, refusal(368))],
    ['without a token that works', (account) => Object.assign(account, { token_state: 'dead' })],
  ])('workers do not read back while the account is %s', async (_, stop) => {
    const { leaveBehind, settle, reads, rowOf, account } = stage();
    const row = await leaveBehind('k', { sendMs: 1 });
    await delay(5);
    await stop(account);
    await settle(row, performance.now() + 1_000);
    expect(reads()).toBe(0);
    expect(await rowOf(row)).toMatchObject({ state: 'unknown', background_reads: 0 });
  });
});

describe('siblings', () => {
  test('siblings each get an effect of their own, the oldest first', async () => {
    const { leaveBehind, settleUntil, bring, rowOf } = stage();
    const rows = [await leaveBehind(null, { sendMs: 1 }), await leaveBehind(null, { sendMs: 1 })];
    const effects = rows.map(() => bring());
    const [first, second] = rows as [IntentRow, IntentRow];
    await settleUntil(second, ({ state }) => state === 'confirmed'); // one read-back settles them all
    expect([(await rowOf(first)).external_id, (await rowOf(second)).external_id]).toEqual(effects);
  });

  test('siblings are confirmed in the order of their effects’ ids, so that two read-backs cannot deadlock', async () => {
    const { leaveBehind, settleUntil, bring, rowOf, stored } = stage();
    const older = await leaveBehind(null, { sendMs: 60 }); // its time ends last, so the first effect is the other's
    const younger = await leaveBehind(null, { sendMs: 1 });
    const effects = [bring(), bring()];
    await settleUntil(older, ({ state }) => state === 'confirmed');
    expect([(await rowOf(younger)).external_id, (await rowOf(older)).external_id]).toEqual(effects);
    expect(stored).toEqual(effects);
  });

  test('no sibling gets an effect while another one that may have brought it about is being sent', async () => {
    const { leaveBehind, settleUntil, bring, rowOf } = stage();
    const waiting = await leaveBehind('k', { sendMs: 1 });
    await leaveBehind(null, { sendMs: 60_000 });
    bring();
    await settleUntil(waiting, ({ background_reads }) => background_reads >= 2);
    expect(await rowOf(waiting)).toMatchObject({ state: 'unknown', absent_reads: 0 });
  });

  test('a sibling loses its effect to the intent whose send was answered with it', async () => {
    const { leaveBehind, settleUntil, bring, rowOf, confirmAnswer, account, logged } = stage();
    const claimant = await leaveBehind('k', { sendMs: 1 });
    const owner = await leaveBehind(null, { sendMs: 1 });
    const effect = bring();
    await settleUntil(claimant, ({ state }) => state === 'confirmed');
    await confirmAnswer(account, owner, effect); // its process had stalled
    expect(await rowOf(owner)).toMatchObject({ state: 'confirmed', evidence: 'answer', external_id: effect });
    expect(await rowOf(claimant)).toMatchObject({ state: 'unknown', external_id: null, outcome: null });
    expect(logged).toContainEqual(expect.objectContaining({ event: 'intent_claim_lost', intent_id: claimant.id }));
    expect(await settleUntil(claimant, ({ absent_reads }) => absent_reads >= 2)).toMatchObject({ state: 'unknown' });
  });
});

describe('a second effect', () => {
  test('a second effect, of a send whose effect showed too late, raises an alarm and is taken back', async () => {
    const { ask, sends, bring, settleUntil, undone, world, logged } = stage();
    sends.push({ effect: 'none', fails: LOST });
    const body = bodyOf(await ask('k'));
    const { intent, effect } = body as { intent: number; effect: string };
    const late = bring();
    const row = await settleUntil({ id: intent }, ({ verify }) => !verify);
    expect(row).toMatchObject({ state: 'confirmed', external_id: effect, second_effects: [late] });
    expect(undone).toEqual([late]);
    expect(world.map(({ external_id }) => external_id)).toEqual([effect]);
    expect(logged).toContainEqual(expect.objectContaining({ event: 'second_effect', external_id: late }));
  });

  test('what a person posted by hand at the same time is no second effect, and stays', async () => {
    const { ask, sends, bring, settleUntil, undone } = stage();
    sends.push({ effect: 'none', fails: LOST });
    const body = bodyOf(await ask('k'));
    const { intent } = body as { intent: number };
    const [late] = [bring(), bring(), bring()];
    await settleUntil({ id: intent }, ({ verify }) => !verify);
    expect(undone).toEqual([late]);
  });

  test('what a person posted by hand an hour after both sends is no second effect, and stays', async () => {
    const { ask, sends, bring, settleUntil, undone, world } = stage();
    sends.push({ effect: 'none', fails: LOST });
    const { intent } = bodyOf(await ask('k')) as { intent: number };
    const byHand = bring(new Date(Date.now() + 3_600_000).toISOString());
    await settleUntil({ id: intent }, ({ verify }) => !verify);
    expect(undone).toEqual([]);
    expect(world).toContainEqual(expect.objectContaining({ external_id: byHand }));
  });

  test('after a single send nobody looks for a second effect', async () => {
    const { ask, bring, settle, undone, reads } = stage();
    const body = bodyOf(await ask('k'));
    bring();
    await settle({ account_id: accountId, id: (body as { intent: number }).intent }, performance.now() + 1_000);
    expect({ undone, looks: reads() }).toEqual({ undone: [], looks: 0 });
  });

  test('a second effect that a late answer tells of is taken back, too', async () => {
    const { ask, rowOf, confirmAnswer, account, bring, settleUntil, undone } = stage();
    const body = bodyOf(await ask('k'));
    const row = await rowOf({ id: (body as { intent: number }).intent });
    const second = bring();
    expect(await confirmAnswer(account, row, second)).toEqual(row.outcome);
    await settleUntil(row, ({ verify }) => !verify);
    expect(undone).toEqual([second]);
  });

  test('an answer that comes after its effect was taken back confirms nothing', async () => {
    const { ask, sends, bring, settleUntil, rowOf, confirmAnswer, account, stored } = stage();
    sends.push({ effect: 'none', fails: LOST }, { effect: 'none', fails: refusal(1_609_005) });
    expect(await failure(ask('k').then(bodyOf))).toMatchObject({ code: 'instagram_rejected' });
    const { id } = await pool.one(sql.type(z.strictObject({ id: z.int() }))`SELECT id FROM intents`);
    const late = bring();
    const refused = await settleUntil({ id }, ({ verify }) => !verify);
    expect(await confirmAnswer(account, { ...refused, fence: 1 }, late)).toEqual(refused.outcome); // of the first send
    expect(await rowOf({ id })).toMatchObject({ state: 'refused', second_effects: [late] });
    expect(stored).toEqual([]);
  });

  test('a late answer waits for whoever is deciding about its effect, and sees the decision', async () => {
    const { leaveBehind, bring, rowOf, confirmAnswer, account, stored } = stage();
    const answered = await leaveBehind(null, { sendMs: 1 });
    const sibling = await leaveBehind('k');
    const effect = bring();
    const lockWaiters = () =>
      pool.oneFirst(sql.type(z.strictObject({ count: z.int() }))`
        SELECT count(*) FROM pg_locks
        WHERE locktype = 'advisory' AND NOT granted
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      `);
    const locked = Promise.withResolvers<void>();
    const waitedFor = Promise.withResolvers<void>();
    const decision = pool.transaction(async (connection) => {
      const readBacks = createReadBackRepository(connection);
      await readBacks.lockEffects(sibling);
      locked.resolve();
      await waitedFor.promise;
      await readBacks.recordSecondEffects(sibling, [effect], { takeBack: true });
    });
    await locked.promise;
    let ended = false;
    const outcome = confirmAnswer(account, answered, effect).finally(() => {
      ended = true;
    });
    while ((await lockWaiters()) === 0 && !ended) await delay(5);
    waitedFor.resolve();
    await decision;
    expect(await outcome).toBeNull();
    expect(await rowOf(answered)).toMatchObject({ state: 'sending', external_id: null });
    expect(stored).toEqual([]);
  });

  test('what a sibling has claimed is not taken back, though a late answer says whose it was', async () => {
    const { ask, leaveBehind, rowOf, confirmAnswer, account, bring, settleUntil, undone } = stage();
    const row = await rowOf({ id: (bodyOf(await ask('k')) as { intent: number }).intent });
    const sibling = await leaveBehind(null, { sendMs: 1 });
    const effect = bring();
    await settleUntil(sibling, ({ state }) => state === 'confirmed');
    expect(await confirmAnswer(account, row, effect)).toEqual(row.outcome);
    expect(await rowOf(row)).toMatchObject({ second_effects: [], verify: false });
    expect(await rowOf(sibling)).toMatchObject({ state: 'confirmed', external_id: effect });
    expect(undone).toEqual([]);
  });

  test('where the second send was refused, a late effect of the first is taken back', async () => {
    const { ask, sends, bring, settleUntil, undone, world } = stage();
    sends.push({ effect: 'none', fails: LOST }, { effect: 'none', fails: refusal(1_609_005) });
    expect(await failure(ask('k').then(bodyOf))).toMatchObject({ code: 'instagram_rejected' });
    const { id } = await pool.one(sql.type(z.strictObject({ id: z.int() }))`SELECT id FROM intents`);
    const late = bring();
    await settleUntil({ id }, ({ verify }) => !verify);
    expect({ undone, world }).toEqual({ undone: [late], world: [] });
  });
});

describe('a commit that is not acknowledged', () => {
  /** The n-th use of a method happens, and fails all the same. */
  const forgetting = (method: 'maybeOne' | 'transaction', nth: number): DatabasePool => {
    let uses = 0;
    return new Proxy(pool, {
      get: (inner, name, receiver) => {
        const value = Reflect.get(inner, name, receiver) as unknown;
        if (name !== method || typeof value !== 'function') return value;
        return async (...args: unknown[]) => {
          uses += 1;
          const result: unknown = await (value as (...args: unknown[]) => unknown)(...args);
          if (uses === nth) throw databaseUnavailable('The connection to the database was lost');
          return result;
        };
      },
    });
  };

  test('a commit that is not acknowledged when a request is accepted: the row is read again, and sent once', async () => {
    const { ask, sent } = stage({ database: forgetting('maybeOne', 1) });
    expect(await ask(null)).toMatchObject({ outcome: { status: 201 } });
    expect(sent).toHaveLength(1);
    expect(await only()).toEqual({ state: 'confirmed', attempt: 1, fence: 1 });
  });

  test('a commit that is not acknowledged when a request with a key is accepted: it waits as for another request', async () => {
    const { ask, sent } = stage({ database: forgetting('maybeOne', 2) });
    expect(await ask('k')).toMatchObject({ outcome: { status: 201 } });
    expect(sent).toHaveLength(1);
  });

  test('a commit that is not acknowledged when an intent is confirmed is repeated', async () => {
    const { ask, sent } = stage({ database: forgetting('transaction', 1) });
    expect(await ask(null)).toMatchObject({ outcome: { status: 201 } });
    expect(sent).toHaveLength(1);
    expect(await only()).toEqual({ state: 'confirmed', attempt: 1, fence: 1 });
  });
});

test('an intent that is due is claimed and woken once, and not claimed again soon', async () => {
  const { leaveBehind } = stage();
  const row = await leaveBehind(null, { sendMs: 1 });
  await leaveBehind(null, { sendMs: 60_000 });
  await delay(5);
  const messages: unknown[] = [];
  const sender = { sendMany: async (more: readonly unknown[]) => void messages.push(...more) };
  const [due] = createIntentWork(pool, { watched: ['comment'], sender });
  expect([await due?.wakeDue(500), await due?.wakeDue(500)]).toEqual([1, 0]);
  expect(messages).toEqual([{ account_id: accountId, intent_id: row.id }]);
});

test.each<[string, string[], string, number]>([
  ['of a request is forgotten after thirty days', ['comment'], 'unknown', 1],
  ['of what its own worker may still send is kept', [], 'unknown', 0],
  ['of what its own worker has ended is forgotten', [], 'refused', 1],
])('an intent with a key %s', async (_, watched, state, forgotten) => {
  const { leaveBehind, rowOf } = stage();
  const old = await leaveBehind('old');
  await pool.query(sql.unsafe`UPDATE intents SET state = ${state} WHERE id = ${old.id}`);
  await moveClock(pool, '31 days');
  const young = await leaveBehind('young');
  const [, expired] = createIntentWork(pool, { watched, sender: { sendMany: async () => undefined } });
  expect(await expired?.wakeDue(500)).toBe(forgotten);
  expect(await rowOf(young)).toMatchObject({ id: young.id });
});

test('an intent that has a worker of its own is not claimed for the watcher', async () => {
  const { leaveBehind } = stage();
  await leaveBehind(null, { sendMs: 1 });
  await delay(5);
  const [due] = createIntentWork(pool, { watched: ['other'], sender: { sendMany: async () => undefined } });
  expect(await due?.wakeDue(500)).toBe(0);
});
