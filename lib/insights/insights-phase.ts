import type { DatabasePool } from 'slonik';
import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { recordUsage } from '../accounts/usage.ts';
import { createWithheld } from '../posts/index.ts';
import { createPostByPost, keepPace, type SyncRunRow, type SyncTurn } from '../sync/index.ts';
import { metricsOf, surfaceOf } from './catalogue.ts';
import { askMedia, createMeasure, readAnyMetric } from './measure.ts';
import { createInsightsRepository, type DuePost, type Measurement } from './repository.ts';
import { createVerdictRepository } from './verdict-repository.ts';

/** Posts whose figures are asked for at the same time, and stored together. */
const MAX_AT_ONCE = 4;
/** So many measured posts of a kind show which metrics Instagram refuses for it. */
const ENOUGH_MEASURED = 2;

const kindOf = (post: DuePost): string => `${surfaceOf(post)} ${post.media_type}`;

/**
 * Asks for the figures of every due post, newest first, a few posts at the same time. Each few are stored at once, so after an
 * interrupted turn the next one continues with the rest. Posts with withheld figures do not fail the run.
 * @throws {InstagramError | Pause | OutOfTime | LeaseLost | CancelRequested} with everything before stored.
 */
export const createInsightsPhase =
  ({
    database,
    graphVersion,
    now,
    sleep,
  }: {
    database: DatabasePool;
    graphVersion: string;
    now: () => number;
    sleep: (ms: number) => Promise<void>;
  }) =>
  async (turn: SyncTurn, run: SyncRunRow, connected: ConnectedAccount): Promise<void> => {
    const { account, client, usage } = connected;
    const insights = createInsightsRepository(database);
    const measure = createMeasure({ verdicts: createVerdictRepository(database) });
    /** By kind of post, how many are measured; not counted further than `ENOUGH_MEASURED`. */
    const measuredOf = new Map<string, number>();
    let measured: { post: DuePost; measurement: Measurement }[] = [];

    const measurePost = (post: DuePost) =>
      measure({
        account_id: account.id,
        login: account.login,
        surface: surfaceOf(post),
        media_type: post.media_type,
        graph_version: graphVersion,
        instagram_id: post.instagram_id,
        asksOf: (instagramId) => askMedia(client, instagramId, turn.step()),
      });

    const posts = createPostByPost<DuePost>({
      database,
      turn,
      connected,
      what: 'insights',
      bring: async (post) => {
        const { metrics, unavailable } = await measurePost(post);
        const { instagram_id } = post;
        const isNoneRefused = unavailable.every(({ reason }) => reason !== 'refused');
        measuredOf.set(kindOf(post), isNoneRefused ? ENOUGH_MEASURED : (measuredOf.get(kindOf(post)) ?? 0) + 1);
        measured.push({ post, measurement: { instagram_id, whole: true, metrics, unavailable, period: null } });
      },
      read: (post) =>
        readAnyMetric(metricsOf(surfaceOf(post), account.login), askMedia(client, post.instagram_id, turn.step()).ask),
      now,
    });

    const store = async (): Promise<void> => {
      if (measured.length === 0) return;
      const stored = measured;
      measured = [];
      const post_ids = stored.filter(({ post }) => post.was_withheld).map(({ post }) => post.id);
      await turn.write(async (runs, _, connection) => {
        const repository = createInsightsRepository(connection);
        for (const { measurement } of stored) await repository.add(account.id, measurement);
        if (post_ids.length > 0) {
          await createWithheld(connection).clear({ account_id: account.id, post_ids, what: 'insights' });
        }
        await recordUsage(connection, account.id, usage);
        await runs.recordProgress(turn.lease);
      });
    };

    /** Measures the first posts of a kind one by one: the others then need not find out which metrics Instagram refuses. */
    const measureAll = async (due: readonly DuePost[]): Promise<void> => {
      const others: DuePost[] = [];
      for (const post of due) {
        if ((measuredOf.get(kindOf(post)) ?? 0) >= ENOUGH_MEASURED) others.push(post);
        else await posts.work([post]);
      }
      await posts.work(others);
    };

    for (let after: DuePost | null = null; ; ) {
      const due: readonly DuePost[] = await insights.findDue({
        account_id: account.id,
        started_at: run.requested_at,
        after,
        limit: MAX_AT_ONCE,
      });
      if (due.length === 0) break;
      await measureAll(due).finally(store);
      after = due.at(-1) ?? null;
      await keepPace(usage, turn, { now, sleep });
    }
    await posts.finish().finally(store);
    const warnings = await posts.warnings();
    await turn.write((runs) => runs.finishPhase(turn.lease, 'insights', warnings));
  };
