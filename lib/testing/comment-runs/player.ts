import { sql } from 'slonik';
import { z } from 'zod';
import { createCommentIntents } from '../../comments/comment-intent.ts';
import { createAreCommentsOff } from '../../comments/comments-switch.ts';
import { createCreateComment } from '../../comments/create-comment.ts';
import { createTriage } from '../../comments/triage.ts';
import { ServiceError } from '../../errors.ts';
import { createIntents, type Follower, type IntentDeps, type IntentKey } from '../../intents/index.ts';
import { createPostReader } from '../../posts/index.ts';
import { storeSimulatedPost } from '../comments.ts';
import { EVERYTHING } from '../everything.ts';
import { Crashed, createFragileProcess, type FragileProcess } from '../fragile-process.ts';
import { persist } from '../persist.ts';
import type { RunStage } from '../run-stage.ts';
import { TIMES } from '../send-times.ts';
import { withoutFences } from '../without-fences.ts';
import type { Mistakes, Run, Try } from './run.ts';
import { createTrouble } from './trouble.ts';

/** What a run came to. Lists are of Instagram ids. */
export interface Ending {
  text: string;
  /** Requests with that text: each key, and each request without one. */
  requests: number;
  /** On Instagram. */
  visible: readonly string[];
  /** Had by an intent that says it happened. */
  confirmed: readonly string[];
  /** Stored as being there. */
  stored: readonly string[];
}
export interface Report {
  endings: Ending[];
  sentByWorker: number;
  /** Effects of one request beyond its first, which were taken back again. */
  takenBack: number;
  /** Answers with 201 whose comment is not on Instagram. */
  falseAnswers: number;
  /** Intents that have another effect than the one their own send was answered with. */
  misattributed: number;
}

/** What the worker has for one intent. */
const TURN_MS = 20_000;
/** Turns of the worker after everybody has left: nothing takes so many. */
const ROUNDS_AT_MOST = 100;
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const keySchema = z.strictObject({ account_id: z.int(), id: z.int() });
const stateSchema = z.strictObject({
  id: z.int(),
  text: z.string(),
  state: z.string(),
  evidence: z.string().nullable(),
  absent_reads: z.int(),
  verify: z.boolean(),
  external_id: z.string().nullable(),
  second_effects: z.array(z.string()),
  due_in_ms: z.number().nullable(),
});

/** Plays runs, one after the other, each from the same beginning. */
export const createRunPlayer = (stage: RunStage, mistakes: Mistakes = {}) => {
  const { simulator, time, connectInstagram } = stage;
  const pool = mistakes.lostFence === true ? withoutFences(stage.pool) : stage.pool;
  const { get: readPost } = createPostReader(pool);
  const getPost: typeof readPost = (scope, id) => time.exchange(() => readPost(scope, id));

  return async (run: Run): Promise<Report> => {
    const { account, instagramAccount } = await stage.begin([{ comments_count: 0 }]);
    const [medium] = simulator.world.media(instagramAccount);
    if (medium === undefined) throw new TypeError('the account has a medium');
    const postId = await storeSimulatedPost(stage, account.id, medium.id);
    return await time.play(() => play(run, { account, instagramAccount, medium, postId }));
  };

  async function play(
    run: Run,
    {
      account,
      instagramAccount,
      medium,
      postId,
    }: { account: { id: number }; instagramAccount: string; medium: { id: string }; postId: number },
  ): Promise<Report> {
    const { trouble, late, answered } = createTrouble(stage, run, mistakes, { instagramAccount, mediaId: medium.id });
    let sentByWorker = 0;
    let falseAnswers = 0;

    const compose = (process: FragileProcess, isWorker: boolean, timing = TIMES) => {
      const database = process.wrapDatabase(pool);
      const deps = {
        database,
        connectInstagram: async (id: number) => {
          const onSend = () => {
            if (isWorker) sentByWorker += 1;
          };
          return process.wrapConnected(trouble(await time.exchange(() => connectInstagram(id)), onSend));
        },
        kinds: createCommentIntents({
          database,
          getPost,
          triage: createTriage({ database }),
          areCommentsOff: createAreCommentsOff({ database }),
        }),
        timing: mistakes.earlyAbsent === true ? { ...timing, settleMs: 0 } : timing,
        logger: quiet,
        now: time.now,
        sleep: process.sleep,
      } satisfies IntentDeps;
      const { accept, follow } = createIntents(deps);
      return {
        createComment: createCreateComment({
          accept,
          getPost,
          areCommentsOff: createAreCommentsOff({ database }),
        }),
        settle: async (key: IntentKey, deadline: number) => {
          if (mistakes.sendingWorker === true) await follow(key, sendingWorker(deps, key, deadline));
          await follow(key, { as: 'watcher', deadline });
        },
      };
    };

    const tryOnce = async (text: string, key: string | null, { pauseMs, patienceMs, frailty: how }: Try) => {
      await time.sleep(pauseMs);
      const { createComment } = compose(createFragileProcess(how, time), false);
      const deadline = time.now() + patienceMs;
      try {
        const request = {
          scope: EVERYTHING,
          id: postId,
          body: { text },
          key: key === null ? null : { principal: 'client', key },
          deadline,
        };
        const { comment } = await createComment(request);
        if (simulator.world.find(comment.instagram_id) === null) falseAnswers += 1;
        return 'answered';
      } catch (error) {
        if (error instanceof Crashed) return 'open';
        if (error instanceof ServiceError) return error.code === 'instagram_rejected' ? 'answered' : 'open';
        throw error;
      }
    };
    const client = ({ text, keyed, tries }: Run['clients'][number], index: number) =>
      persist(time, keyed ? tries : tries.slice(0, 1), (one) => tryOnce(text, keyed ? `key ${index}` : null, one));
    const turn = async (process: FragileProcess) => {
      const { settle } = compose(process, true);
      const keys: readonly IntentKey[] = await time.exchange(() =>
        pool.any(sql.type(keySchema)`
          SELECT account_id, id FROM intents WHERE account_id = ${account.id} ORDER BY id
        `),
      );
      for (const key of keys) await settle(key, time.now() + TURN_MS);
    };
    const worker = async ({ atMs, frailty: how }: Run['turns'][number]) => {
      await time.sleep(atMs);
      await turn(createFragileProcess(how, time)).catch((error: unknown) => {
        if (!(error instanceof Crashed)) throw error;
      });
    };

    await Promise.all([...run.clients.map(client), ...run.turns.map(worker)]);
    await Promise.all(late);
    const intents = () =>
      time.exchange(() =>
        pool.any(sql.type(stateSchema)`
          SELECT
            id, text, state, evidence, absent_reads, verify, external_id, second_effects,
            extract(epoch FROM next_wake_at - service_now())::float8 * 1000 AS due_in_ms
          FROM intents WHERE account_id = ${account.id} ORDER BY id
        `),
      );
    const isOpen = ({ state, absent_reads, verify }: z.output<typeof stateSchema>) =>
      state === 'sending' || (state === 'unknown' && absent_reads < 2) || verify;
    for (let rounds = 0; ; rounds += 1) {
      const open = (await intents()).filter(isOpen);
      if (open.length === 0) break;
      if (rounds > ROUNDS_AT_MOST) throw new Error(`the intents do not settle: ${JSON.stringify(open)}`);
      await time.sleep(Math.max(TIMES.spacingMs, Math.min(...open.map(({ due_in_ms }) => due_in_ms ?? 0))));
      await turn(createFragileProcess({}, time));
    }

    const rows = await intents();
    const visible = simulator.world.comments(medium.id);
    const stored = await time.exchange(() =>
      pool.any(sql.type(z.strictObject({ instagram_id: z.string(), text: z.string() }))`
        SELECT instagram_id, text FROM comments WHERE post_id = ${postId} AND gone_at IS NULL
      `),
    );
    const texts = [...new Set(run.clients.map(({ text }) => text))];
    return {
      endings: texts.map((text) => ({
        text,
        requests: run.clients.filter((one) => one.text === text).length,
        visible: visible
          .filter((one) => one.text === text)
          .map(({ id }) => id)
          .sort(),
        confirmed: rows
          .filter((one) => one.text === text)
          .flatMap(({ external_id }) => external_id ?? [])
          .sort(),
        stored: stored
          .filter((one) => one.text === text)
          .map(({ instagram_id }) => instagram_id)
          .sort(),
      })),
      sentByWorker,
      takenBack: rows.reduce((sum, { second_effects }) => sum + second_effects.length, 0),
      falseAnswers,
      misattributed: rows.filter(
        ({ text, evidence, external_id }) => evidence === 'answer' && !answered.get(text)?.has(external_id ?? ''),
      ).length,
    };
  }
};

/** The worker that nobody must write: it follows intents as a publication's does, and sends them again. */
const sendingWorker = (
  { connectInstagram, now, sleep }: IntentDeps,
  { account_id }: IntentKey,
  deadline: number,
): Follower => ({
  as: 'publisher',
  deadline,
  connect: () => connectInstagram(account_id),
  wait: async (_, ms) => {
    if (now() + ms >= deadline) return 'stop';
    await sleep(ms);
    return 'again';
  },
  beforeSend: (_, take) => take().catch(() => 'stop' as const),
});
