import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'slonik';
import { z } from 'zod';
import { createCommentIntents } from '../../comments/comment-intent.ts';
import { createAreCommentsOff } from '../../comments/comments-switch.ts';
import { createCreateComment } from '../../comments/create-comment.ts';
import { createTriage } from '../../comments/triage.ts';
import { ServiceError } from '../../errors.ts';
import { createIntents, type Follower, type IntentDeps, type IntentKey } from '../../intents/index.ts';
import type { startCommentService } from '../comments.ts';
import { Crashed, createFragileProcess, type FragileProcess } from '../fragile-process.ts';
import { type Mistakes, type Run, TIMES, type Try } from './run.ts';
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
  /** Answers with 201 whose comment is not on Instagram. */
  falseAnswers: number;
  /** Intents that have another effect than the one their own send was answered with. */
  misattributed: number;
}

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
});

type Setting = Pick<
  Awaited<ReturnType<typeof startCommentService>>,
  'pool' | 'simulator' | 'connect' | 'connectInstagram' | 'getPost' | 'storePostOf'
>;

/** Plays runs, each with an account of its own, so that any number may be played at once. */
export const createRunPlayer = (setting: Setting, mistakes: Mistakes = {}) => {
  const { pool, simulator, connect, connectInstagram, getPost, storePostOf } = setting;
  let played = 0;

  return async (run: Run): Promise<Report> => {
    played += 1;
    const scope = `run/${played}`;
    const { id: instagramAccount } = simulator.world.addAccount({ scope, media: [{ comments_count: 0 }] });
    const { value: token } = simulator.world.tokens.grant({ login: 'instagram', accountId: instagramAccount });
    const { account } = await connect({ token, login: 'instagram' });
    const [medium] = simulator.world.media(instagramAccount);
    if (medium === undefined) throw new TypeError('the account has a medium');
    const postId = await storePostOf(account.id, medium.id);
    const { trouble, late, answered } = createTrouble(setting, run, mistakes, { instagramAccount, mediaId: medium.id });
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
          return process.wrapConnected(trouble(await connectInstagram(id), onSend));
        },
        kinds: createCommentIntents({
          database,
          getPost,
          triage: createTriage({ database }),
          areCommentsOff: createAreCommentsOff({ database }),
        }),
        timing: mistakes.hastyLook === true ? { ...timing, settleMs: 0 } : timing,
        logger: quiet,
        now: () => performance.now(),
        sleep: process.sleep,
      } satisfies IntentDeps;
      const { accept, follow } = createIntents(deps);
      return {
        createComment: createCreateComment({
          accept,
          getPost,
          areCommentsOff: createAreCommentsOff({ database }),
        }),
        settle: (key: IntentKey, deadline: number) =>
          follow(key, mistakes.sendingWorker === true ? sendingWorker(deps, key) : { as: 'watcher', deadline }),
      };
    };

    const tryOnce = async (text: string, key: string | null, { pauseMs, patienceMs, frailty: how }: Try) => {
      await delay(pauseMs);
      const { createComment } = compose(createFragileProcess(how), false);
      const deadline = performance.now() + patienceMs;
      try {
        const request = {
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
    const client = async ({ text, keyed, tries }: Run['clients'][number], index: number) => {
      for (const one of keyed ? tries : tries.slice(0, 1)) {
        if ((await tryOnce(text, keyed ? `key ${index}` : null, one)) === 'answered') return;
      }
    };
    const turn = async (process: FragileProcess) => {
      const { settle } = compose(process, true);
      const keys: readonly IntentKey[] = await pool.any(sql.type(keySchema)`
        SELECT account_id, id FROM intents WHERE account_id = ${account.id} ORDER BY id
      `);
      for (const key of keys) await settle(key, performance.now() + 5_000);
    };
    const worker = async ({ atMs, frailty: how }: Run['turns'][number]) => {
      await delay(atMs);
      await turn(createFragileProcess(how)).catch((error: unknown) => {
        if (!(error instanceof Crashed)) throw error;
      });
    };

    await Promise.all([...run.clients.map(client), ...run.turns.map(worker)]);
    await Promise.all(late);
    const intents = () =>
      pool.any(sql.type(stateSchema)`
        SELECT id, text, state, evidence, absent_reads, verify, external_id FROM intents
        WHERE account_id = ${account.id} ORDER BY id
      `);
    const isOpen = ({ state, absent_reads, verify }: z.output<typeof stateSchema>) =>
      state === 'sending' || (state === 'unknown' && absent_reads < 2) || verify;
    for (let rounds = 0; (await intents()).some(isOpen); rounds += 1) {
      if (rounds > 100) throw new Error('the intents do not settle');
      await pool.query(sql.unsafe`
        UPDATE usage SET throttled_until = NULL, writes_blocked_until = NULL WHERE account_id = ${account.id}
      `); // minutes pass
      await pool.query(sql.unsafe`
        UPDATE intents SET next_read_at = now() WHERE account_id = ${account.id} AND next_read_at > now() + interval '10 s'
      `);
      await turn(createFragileProcess());
      await delay(TIMES.spacingMs);
    }

    const rows = await intents();
    const visible = simulator.world.comments(medium.id);
    const stored = await pool.any(sql.type(z.strictObject({ instagram_id: z.string(), text: z.string() }))`
      SELECT instagram_id, text FROM comments WHERE post_id = ${postId} AND gone_at IS NULL
    `);
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
      falseAnswers,
      misattributed: rows.filter(
        ({ text, evidence, external_id }) => evidence === 'answer' && !answered.get(text)?.has(external_id ?? ''),
      ).length,
    };
  };
};

/** The worker that nobody must write: it follows intents as a publication's does, and sends them again. */
const sendingWorker = ({ connectInstagram, now, sleep }: IntentDeps, { account_id }: IntentKey): Follower => {
  const deadline = now() + 1_000;
  return {
    as: 'publisher',
    deadline,
    connect: () => connectInstagram(account_id),
    wait: async (_, ms) => {
      if (now() + ms >= deadline) return 'stop';
      await sleep(ms);
      return 'again';
    },
    beforeSend: (_, take) => take().catch(() => 'stop' as const),
  };
};
