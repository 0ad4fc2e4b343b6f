import { type DatabasePool, sql } from 'slonik';
import { z } from 'zod';
import type { Scenario } from '../../../local/simulator/scenarios/scenarios.ts';
import { makeCuttable } from '../cuttable-service.ts';
import { type Invoked, type InvokeOptions, invoke } from '../invoke.ts';
import { keepSecret } from '../secrets.ts';
import { startService } from '../service.ts';
import type { Fault } from './faults/index.ts';
import { createJournal } from './journal.ts';
import { createPostOffice } from './post-office.ts';
import { randomOf } from './random.ts';

/** A connected account, as the run knows it. */
export interface ChaosAccount {
  id: number;
  instagram_id: string;
  isTokenAlive: boolean;
}

/** Waits within one invocation are real ones: short enough for a run of many, long enough for a busy machine. */
const SHORT_TIMES = { INTENT_SEND_SECONDS: '0.6', INTENT_SETTLE_SECONDS: '0.2', INTENT_SPACING_SECONDS: '0.05' };
const TICK_MS = 60_000;
/** What a request has left when its service is about to lose a connection: what it cannot reach, it need not wait for. */
const CUT_SHORT_MS = 2_600;
const WORKER_MS = 60_000;
/** The same for a worker, of which 15 s are kept for its end. */
const WORKER_CUT_SHORT_MS = 16_000;

const ACCOUNTS = [
  { scope: 'chaos/large', media: 9 },
  { scope: 'chaos/small', media: 3 },
] as const;

const rowSchema = z.strictObject({ id: z.int(), instagram_id: z.string() });
const publicationSchema = z.strictObject({ id: z.int() });

const importHandlers = async () => {
  const [startSync, createComment, createReply, updateComment, deleteComment, updatePost, createPublication] =
    await Promise.all([
      import('../../../functions/start-sync.ts'),
      import('../../../functions/create-comment.ts'),
      import('../../../functions/create-reply.ts'),
      import('../../../functions/update-comment.ts'),
      import('../../../functions/delete-comment.ts'),
      import('../../../functions/update-post.ts'),
      import('../../../functions/create-publication.ts'),
    ]);
  const [cancelPublication, tick, sync, intents, publications, accounts] = await Promise.all([
    import('../../../functions/cancel-publication.ts'),
    import('../../../functions/tick.ts'),
    import('../../../functions/sync-posts.consumer.ts'),
    import('../../../functions/settle-intents.consumer.ts'),
    import('../../../functions/publish.consumer.ts'),
    import('../../../functions/run-account-task.consumer.ts'),
  ]);
  return {
    api: {
      startSync: startSync.handler,
      createComment: createComment.handler,
      createReply: createReply.handler,
      updateComment: updateComment.handler,
      deleteComment: deleteComment.handler,
      updatePost: updatePost.handler,
      createPublication: createPublication.handler,
      cancelPublication: cancelPublication.handler,
    },
    tick: tick.handler,
    workers: {
      sync: sync.handler,
      intents: intents.handler,
      publications: publications.handler,
      accounts: accounts.handler,
    },
  };
};
type Handlers = Awaited<ReturnType<typeof importHandlers>>;

/**
 * The whole service in this process, by its exported handlers, with two accounts on the simulated Instagram, behind
 * proxies that break at the n-th exchange. A process that is killed says nothing more to anybody, and nobody hears what it
 * answers; the next invocation is the service started again. Call it at the top level of a test file.
 */
export const startChaosStage = async () => {
  const service = await startService({ simulator: { media: 1, now: () => Date.now() }, environment: SHORT_TIMES });
  const { pool, simulator, connect, letPass } = service;
  const { toDatabase, toInstagram, cutAllOff, restoreAll } = await makeCuttable(service);
  const { api, tick, workers } = await importHandlers();
  const office = createPostOffice(service.sent);

  let seed = 0;
  let journal = createJournal();
  let accounts: ChaosAccount[] = [];
  let armed: Fault | null = null;
  let disarmScenario: () => void = () => undefined;
  let isDead = false;
  let running = 0;
  let deliveries = 0;
  let sinceTickMs = 0;
  let ticks = true;
  let lastCall = 0;

  const die = (): void => {
    isDead = true;
    cutAllOff();
    service.refuseMessages(Number.POSITIVE_INFINITY);
    journal.tell('the process is killed');
  };
  const startAgain = (): void => {
    isDead = false;
    restoreAll();
    service.refuseMessages(0);
  };
  const lastCallId = (): number => simulator.calls.list().at(-1)?.id ?? 0;
  /** Runs an invocation; null: the process died under it, and whatever it brought is not known. */
  const run = async <Result>(act: () => Promise<Result>): Promise<Result | null> => {
    running += 1;
    journal.begin(lastCallId());
    try {
      const result = await act();
      return isDead ? null : result;
    } catch (error) {
      if (isDead || armed?.kind === 'cut') return null;
      throw error;
    } finally {
      running -= 1;
      if (isDead && running === 0) startAgain();
    }
  };

  /** Makes a request; null: it was never answered, as the service died. */
  const ask = async (
    name: keyof Handlers['api'],
    target: string,
    { method = 'POST', ...options }: InvokeOptions = {},
  ): Promise<Invoked<unknown> | null> => {
    const remainingMs = armed?.kind === 'cut' ? CUT_SHORT_MS : 29_000;
    const answer = await run(() =>
      invoke(api[name] as Parameters<typeof invoke>[0], target, { method, remainingMs, ...options }),
    );
    journal.tell(`${name} ${target} ${JSON.stringify(options.body ?? null)}: ${answer?.status ?? 'no answer'}`);
    return answer;
  };

  const runTick = async (): Promise<void> => {
    sinceTickMs = 0;
    if (ticks) await run(() => tick());
  };
  /** Delivers what is due, and what comes of that at once. */
  const deliver = async (): Promise<void> => {
    for (;;) {
      deliveries += 1;
      office.collect(randomOf(seed, 'mail', deliveries), Date.now());
      const letters = office.take(Date.now());
      if (letters.length === 0) return;
      for (const { queue, message } of letters) {
        const worker = workers[queue as keyof typeof workers];
        await run(() => service.deliver(worker, [message], armed?.kind === 'cut' ? WORKER_CUT_SHORT_MS : WORKER_MS));
        journal.tell(`worker: ${queue} ${JSON.stringify(message)}`);
      }
    }
  };
  const passTime = async (ms: number): Promise<void> => {
    await letPass(ms);
    sinceTickMs += ms;
  };

  const connectAccount = async (instagramId: string): Promise<number> => {
    const { value: token } = simulator.world.tokens.grant({ login: 'instagram', accountId: instagramId });
    keepSecret(token);
    const { account } = await connect({ token, login: 'instagram' });
    return account.id;
  };

  /** Both accounts as at the beginning of every run, and nothing left of the run before. */
  const begin = async (of: number): Promise<void> => {
    seed = of;
    journal = createJournal();
    office.clear();
    deliveries = 0;
    startAgain();
    simulator.reset();
    await pool.query(sql.unsafe`TRUNCATE accounts CASCADE`);
    accounts = [];
    for (const { scope, media } of ACCOUNTS) {
      const posted = Math.floor(Date.now() / 1_000);
      const { id } = simulator.world.addAccount({
        scope,
        media: Array.from({ length: media }, (_, index) => ({
          caption: `From the beginning, ${index}`,
          comments_count: index % 3,
          timestamp: posted - 86_400 * (index + 1),
        })),
      });
      accounts.push({ id: await connectAccount(id), instagram_id: id, isTokenAlive: true });
    }
  };

  const arm = (fault: Fault | null): void => {
    armed = fault;
    if (fault?.kind === 'trouble') {
      const scenario = simulator.scenarios.add(fault.scenario);
      disarmScenario = scenario.remove;
    }
    if (fault?.kind === 'cut') {
      const proxy = fault.from === 'database' ? toDatabase : toInstagram;
      lastCall = lastCallId();
      proxy.cutAt(fault.at, fault.when, fault.kills ? die : undefined);
    }
  };
  const disarm = (): void => {
    if (armed?.kind === 'cut') journal.doubt(lastCall, lastCallId());
    armed = null;
    disarmScenario();
    disarmScenario = () => undefined;
    startAgain();
  };

  const killToken = (account: ChaosAccount): void => {
    account.isTokenAlive = false;
    simulator.scenarios.add({ kind: 'expired_token', on: { account: account.instagram_id } });
  };
  const reviveToken = async (account: ChaosAccount): Promise<void> => {
    disarm(); // whoever connects a token tries until it works
    for (const { settings, remove } of simulator.scenarios.list()) {
      if ((settings.on as { account?: string }).account === account.instagram_id) remove();
    }
    await connectAccount(account.instagram_id);
    account.isTokenAlive = true;
  };

  /** Resolves once a scenario has met a call. */
  const whenActed = async (scenario: Scenario): Promise<void> => {
    while (scenario.acted === 0) await simulator.calls.next({ edge: 'user.media' });
  };

  return {
    pool,
    simulator,
    get journal() {
      return journal;
    },
    get accounts(): readonly ChaosAccount[] {
      return accounts;
    },
    begin,
    arm,
    disarm,
    ask,
    deliver,
    passTime,
    tick: runTick,
    /** `tick` comes no more, until what this gives is called. */
    stopTicking: (): (() => void) => {
      ticks = false;
      return () => {
        ticks = true;
      };
    },
    /** Whether nothing is about to go wrong. */
    isUndisturbed: () => armed === null,
    isTickDue: () => sinceTickMs >= TICK_MS,
    killToken,
    reviveToken,
    whenActed,
    ...createLookUps(pool),
  };
};
export type Stage = Awaited<ReturnType<typeof startChaosStage>>;

/** What actors choose from. In an order that is the same in every run, which our own ids are not. */
const createLookUps = (pool: DatabasePool) => ({
  posts: (account: ChaosAccount) =>
    pool.any(sql.type(rowSchema)`
      SELECT id, instagram_id FROM posts WHERE account_id = ${account.id} AND gone_at IS NULL ORDER BY instagram_id
    `),
  comments: (account: ChaosAccount) =>
    pool.any(sql.type(rowSchema)`
      SELECT id, instagram_id FROM comments WHERE account_id = ${account.id} AND gone_at IS NULL ORDER BY instagram_id
    `),
  openPublications: (account: ChaosAccount) =>
    pool.any(sql.type(publicationSchema)`
      SELECT id FROM publications WHERE account_id = ${account.id} AND status IN ('scheduled', 'queued') ORDER BY id
    `),
});
