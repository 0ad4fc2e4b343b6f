import { sql } from 'slonik';
import { z } from 'zod';
import { ServiceError } from '../../errors.ts';
import { composePublications } from '../../publications/compose.ts';
import { newPublicationSchema } from '../../publications/request.ts';
import { publicationStatusSchema } from '../../publications/schema.ts';
import type { WorkKey } from '../../wake-ups/turn.ts';
import { Crashed, createFragileProcess, type FragileProcess } from '../fragile-process.ts';
import { persist } from '../persist.ts';
import type { RunStage } from '../run-stage.ts';
import { TIMES } from '../send-times.ts';
import { withoutFences } from '../without-fences.ts';
import { LEASE_SECONDS, type Mistakes, type Run, type Try } from './run.ts';
import { createTrouble } from './trouble.ts';

/** What a publication came to. */
export interface Ending {
  status: z.output<typeof publicationStatusSchema>;
  /** As our row has it. */
  media_id: string | null;
  /** What its containers were published as, by Instagram. */
  actual: readonly string[];
  /** Whether its post is stored. */
  stored: boolean;
  /** Whether it may be impossible to tell which media it is: another looks the same, or listings failed. */
  isUnclear: boolean;
}
export interface Report {
  endings: Ending[];
  requests: number;
  /** Everything on Instagram that was not there at first. */
  visible: number;
  /** Answers with 201 that name a media which is not there, and failures told of what is there. */
  falseAnswers: number;
}

/** What a worker has for one turn. */
const TURN_MS = 60_000;
/** Between two turns, after everybody has left; and how many there may be: nothing takes so many. */
const SHORTEST_WAIT_MS = 1_000;
const ROUNDS_AT_MOST = 400;
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const rowSchema = z.strictObject({
  account_id: z.int(),
  id: z.int(),
  status: publicationStatusSchema,
  kind: z.string(),
  caption: z.string().nullable(),
  media_id: z.string().nullable(),
  stored: z.boolean(),
  open: z.boolean(),
  containers: z.array(z.string()),
  due_in_ms: z.number().nullable(),
});
const FILE = { image_url: 'https://files.example.com/harbour.jpg' };
const ENDED = ['published', 'failed', 'unknown', 'cancelled'];

/** Plays runs, one after the other, each from the same beginning. */
export const createRunPlayer = (stage: RunStage, mistakes: Mistakes = {}) => {
  const { simulator, time, connectInstagram } = stage;
  const pool = mistakes.lostFence === true ? withoutFences(stage.pool) : stage.pool;

  return async (run: Run): Promise<Report> => {
    const { account, instagramAccount } = await stage.begin([]);
    return await time.play(() => play(run, { account, instagramAccount }));
  };

  async function play(
    run: Run,
    { account, instagramAccount }: { account: { id: number }; instagramAccount: string },
  ): Promise<Report> {
    const { trouble, late } = createTrouble(stage, run, mistakes, instagramAccount);
    const told: { publication_id: number; published: boolean }[] = [];

    const compose = (process: FragileProcess) => {
      const database = process.wrapDatabase(pool);
      return composePublications({
        database,
        connectInstagram: async (id) => process.wrapConnected(trouble(await time.exchange(() => connectInstagram(id)))),
        timing: mistakes.earlyAbsent === true ? { ...TIMES, settleMs: 0 } : TIMES,
        comment: () => Promise.reject(new Error('nobody comments here')),
        uploads: {
          check: () => Promise.reject(new Error('nothing is uploaded here')),
          link: () => Promise.reject(new Error('nothing is uploaded here')),
        },
        wake: async () => undefined,
        leaseSeconds: LEASE_SECONDS,
        logger: quiet,
        now: time.now,
        clock: time.date,
        random: () => 0.5,
        sleep: process.sleep,
      });
    };

    const rows = () =>
      time.exchange(() =>
        pool.any(sql.type(rowSchema)`
          SELECT account_id, id, status, kind, caption, media_id, next_wake_at IS NOT NULL AS open, EXISTS (
            SELECT FROM posts WHERE posts.account_id = publications.account_id AND instagram_id = media_id
          ) AS stored, ARRAY(
            SELECT instagram_id FROM containers
            WHERE containers.account_id = publications.account_id AND publication_id = publications.id
              AND instagram_id IS NOT NULL
          ) AS containers, extract(epoch FROM next_wake_at - service_now())::float8 * 1000 AS due_in_ms
          FROM publications WHERE account_id = ${account.id} ORDER BY id
        `),
      );

    const tryOnce = async (
      { caption, kind }: Run['clients'][number],
      key: string | null,
      { pauseMs, patienceMs, frailty: how }: Try,
    ) => {
      await time.sleep(pauseMs);
      const { createPublication } = compose(createFragileProcess(how, time));
      const waitUntil = time.now() + patienceMs;
      const file = kind === 'image' ? FILE : { children: [FILE, FILE] };
      try {
        const { row } = await createPublication({
          account_id: account.id,
          body: newPublicationSchema.parse({ ...file, caption }),
          key: key === null ? null : { principal: 'client', key },
          waitUntil,
          deadline: waitUntil + 1_500,
        });
        if (row.status !== 'published') return 'open';
        told.push({ publication_id: row.id, published: true });
        return 'answered';
      } catch (error) {
        if (error instanceof Crashed) return 'open';
        if (!(error instanceof ServiceError)) throw error;
        const { publication_id } = error.options.extensions ?? {};
        if (typeof publication_id === 'number' && error.code !== 'outcome_unknown') {
          told.push({ publication_id, published: false });
        }
        return error.code === 'instagram_rejected' ? 'answered' : 'open';
      }
    };
    const client = (one: Run['clients'][number], index: number) =>
      persist(time, one.keyed ? one.tries : one.tries.slice(0, 1), (attempt) =>
        tryOnce(one, one.keyed ? `key ${index}` : null, attempt),
      );
    const turn = async (process: FragileProcess) => {
      const { advance } = compose(process);
      const keys: readonly WorkKey[] = await rows();
      await Promise.all(keys.map(({ account_id, id }) => advance({ account_id, id }, time.now() + TURN_MS)));
    };
    const ignoreCrash = (error: unknown) => {
      if (!(error instanceof Crashed)) throw error;
    };
    const worker = async ({ atMs, frailty: how }: Run['turns'][number]) => {
      await time.sleep(atMs);
      await turn(createFragileProcess(how, time)).catch(ignoreCrash);
    };

    await Promise.all([...run.clients.map(client), ...run.turns.map(worker)]);
    await Promise.all(late);
    const isOpen = ({ status, open }: z.output<typeof rowSchema>) => !ENDED.includes(status) || open;
    for (let rounds = 0; ; rounds += 1) {
      const open = (await rows()).filter(isOpen);
      if (open.length === 0) break;
      if (rounds > ROUNDS_AT_MOST) throw new Error(`the publications do not settle: ${JSON.stringify(open)}`);
      await time.sleep(Math.max(SHORTEST_WAIT_MS, Math.min(...open.map(({ due_in_ms }) => due_in_ms ?? 0))));
      await turn(createFragileProcess({}, time));
    }
    await Promise.all(late);

    const ended = await rows();
    const { containers } = simulator.world;
    const endings = ended.map((row): Ending & { id: number } => ({
      id: row.id,
      status: row.status,
      media_id: row.media_id,
      actual: row.containers.flatMap((id) => containers.find(id)?.published?.mediaId ?? []),
      stored: row.stored,
      isUnclear:
        run.listings.some((listing) => listing !== 'shown') ||
        ended.some(({ id, kind, caption }) => id !== row.id && kind === row.kind && caption === row.caption),
    }));
    const isThere = (publicationId: number) =>
      endings.some(({ id, actual }) => id === publicationId && actual.length > 0);
    return {
      endings,
      requests: run.clients.length,
      visible: simulator.world.media(instagramAccount).length,
      falseAnswers: told.filter(({ publication_id, published }) => isThere(publication_id) !== published).length,
    };
  }
};
