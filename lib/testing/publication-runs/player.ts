import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'slonik';
import { z } from 'zod';
import type { ConnectInstagram } from '../../accounts/connect-instagram.ts';
import { ServiceError } from '../../errors.ts';
import { composePublications } from '../../publications/compose.ts';
import { newPublicationSchema } from '../../publications/request.ts';
import { publicationStatusSchema } from '../../publications/schema.ts';
import type { WorkKey } from '../../wake-ups/turn.ts';
import { Crashed, createFragileProcess, type FragileProcess } from '../fragile-process.ts';
import type { TestService } from '../service.ts';
import { LEASE_SECONDS, type Mistakes, type Run, TIMES, type Try } from './run.ts';
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
});
const FILE = { image_url: 'https://files.example.com/harbour.jpg' };
const ENDED = ['published', 'failed', 'unknown', 'cancelled'];

type Setting = Pick<TestService, 'pool' | 'simulator' | 'connect'> & { connectInstagram: ConnectInstagram };

/** Plays runs, each with an account of its own, so that any number may be played at once. */
export const createRunPlayer = (setting: Setting, mistakes: Mistakes = {}) => {
  const { pool, simulator, connect, connectInstagram } = setting;
  let played = 0;

  return async (run: Run): Promise<Report> => {
    played += 1;
    const { id: instagramAccount } = simulator.world.addAccount({ scope: `run/${played}`, media: 0 });
    const { value: token } = simulator.world.tokens.grant({ login: 'instagram', accountId: instagramAccount });
    const { account } = await connect({ token, login: 'instagram' });
    const { trouble, late } = createTrouble(setting, run, mistakes, instagramAccount);
    const told: { publication_id: number; published: boolean }[] = [];

    const compose = (process: FragileProcess) => {
      const database = process.wrapDatabase(pool);
      return composePublications({
        database,
        connectInstagram: async (id) => process.wrapConnected(trouble(await connectInstagram(id))),
        timing: TIMES,
        comment: () => Promise.reject(new Error('nobody comments here')),
        uploads: {
          check: () => Promise.reject(new Error('nothing is uploaded here')),
          link: () => Promise.reject(new Error('nothing is uploaded here')),
        },
        wake: async () => undefined,
        leaseSeconds: LEASE_SECONDS,
        logger: quiet,
        now: () => performance.now(),
        clock: Date.now,
        random: Math.random,
        sleep: process.sleep,
      });
    };

    const rows = () =>
      pool.any(sql.type(rowSchema)`
        SELECT account_id, id, status, kind, caption, media_id, next_wake_at IS NOT NULL AS open, EXISTS (
          SELECT FROM posts WHERE posts.account_id = publications.account_id AND instagram_id = media_id
        ) AS stored, ARRAY(
          SELECT instagram_id FROM containers
          WHERE containers.account_id = publications.account_id AND publication_id = publications.id
            AND instagram_id IS NOT NULL
        ) AS containers
        FROM publications WHERE account_id = ${account.id} ORDER BY id
      `);

    const tryOnce = async (
      { caption, kind }: Run['clients'][number],
      key: string | null,
      { pauseMs, patienceMs, frailty: how }: Try,
    ) => {
      await delay(pauseMs);
      const { createPublication } = compose(createFragileProcess(how));
      const waitUntil = performance.now() + patienceMs;
      const file = kind === 'image' ? FILE : { children: [FILE, FILE] };
      try {
        const { row } = await createPublication({
          account_id: account.id,
          body: newPublicationSchema.parse({ ...file, caption }),
          key: key === null ? null : { principal: 'client', key },
          waitUntil,
          deadline: waitUntil + 1_000,
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
    const client = async (one: Run['clients'][number], index: number) => {
      for (const attempt of one.keyed ? one.tries : one.tries.slice(0, 1)) {
        if ((await tryOnce(one, one.keyed ? `key ${index}` : null, attempt)) === 'answered') return;
      }
    };
    const turn = async (process: FragileProcess) => {
      const { advance } = compose(process);
      const keys: readonly WorkKey[] = await rows();
      await Promise.all(keys.map(({ account_id, id }) => advance({ account_id, id }, performance.now() + 3_000)));
    };
    const ignoreCrash = (error: unknown) => {
      if (!(error instanceof Crashed)) throw error;
    };
    const worker = async ({ atMs, frailty: how }: Run['turns'][number]) => {
      await delay(atMs);
      await turn(createFragileProcess(how)).catch(ignoreCrash);
    };

    /** Rests are over as soon as they begin, and containers old enough to be looked at. Intents keep their own time. */
    const hurry = async () => {
      await pool.query(sql.unsafe`
        UPDATE publications SET resumes_at = NULL WHERE account_id = ${account.id} AND resumes_at IS NOT NULL
      `);
      await pool.query(sql.unsafe`
        UPDATE containers SET created_at = created_at - interval '1 second'
        WHERE account_id = ${account.id} AND looks = 0 AND created_at > service_now() - interval '1 second'
      `);
      await pool.query(sql.unsafe`
        UPDATE usage SET throttled_until = NULL, writes_blocked_until = NULL WHERE account_id = ${account.id}
      `);
      await pool.query(sql.unsafe`
        UPDATE intents SET not_before = service_now(), next_read_at = least(next_read_at, service_now())
        WHERE account_id = ${account.id}
          AND (not_before > service_now() OR next_read_at > service_now() + interval '10 seconds')
      `);
    };
    let isOver = false;
    const hurrying = (async () => {
      for (; !isOver; await delay(40)) await hurry();
    })();

    try {
      await Promise.all([...run.clients.map(client), ...run.turns.map(worker)]);
      await Promise.all(late);
      const isOpen = ({ status, open }: z.output<typeof rowSchema>) => !ENDED.includes(status) || open;
      for (let rounds = 0; (await rows()).some(isOpen); rounds += 1) {
        if (rounds > 400) throw new Error(`the publications do not settle: ${JSON.stringify(await rows())}`);
        await turn(createFragileProcess());
        await delay(20);
      }
      await Promise.all(late);
    } finally {
      isOver = true;
      await hurrying;
    }

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
  };
};
