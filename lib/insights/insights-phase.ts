import type { DatabasePool } from 'slonik';
import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { recordUsage } from '../accounts/usage.ts';
import { createWithheld } from '../posts/index.ts';
import { createPostByPost, keepPace, type SyncRunRow, type SyncTurn } from '../sync/index.ts';
import { metricsOf, surfaceOf } from './catalogue.ts';
import { askMedia, createMeasure, probeMetrics } from './measure.ts';
import { createInsightsRepository, type DuePost, type Measurement } from './repository.ts';
import { createVerdictRepository } from './verdict-repository.ts';

/** Posts whose figures are asked for side by side, and stored together. */
const SIDE_BY_SIDE = 4;
/** So many posts of a kind tell which metrics it is refused. */
const LEARNED_FROM = 2;

const kindOf = (post: DuePost): string => `${surfaceOf(post)} ${post.media_type}`;

/**
 * Asks for the figures of every post that is due, newest first, a few at a time. What was captured is stored at once, so
 * that a turn that is interrupted is gone on with from there. What Instagram withholds of single posts fails no run.
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
    /** Kinds of posts by how many were measured, up to where nothing is left to be learned of their metrics. */
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
        const isLearned = unavailable.every(({ reason }) => reason !== 'refused');
        measuredOf.set(kindOf(post), isLearned ? LEARNED_FROM : (measuredOf.get(kindOf(post)) ?? 0) + 1);
        measured.push({ post, measurement: { instagram_id, whole: true, metrics, unavailable, period: null } });
      },
      read: (post) =>
        probeMetrics(metricsOf(surfaceOf(post), account.login), askMedia(client, post.instagram_id, turn.step()).ask),
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

    /** The first of each kind one by one: a metric that Instagram refuses of them is not searched for in the others. */
    const measureAll = async (due: readonly DuePost[]): Promise<void> => {
      const others: DuePost[] = [];
      for (const post of due) {
        if ((measuredOf.get(kindOf(post)) ?? 0) >= LEARNED_FROM) others.push(post);
        else await posts.work([post]);
      }
      await posts.work(others);
    };

    for (let after: DuePost | null = null; ; ) {
      const due: readonly DuePost[] = await insights.findDue({
        account_id: account.id,
        started_at: run.requested_at,
        after,
        limit: SIDE_BY_SIDE,
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
