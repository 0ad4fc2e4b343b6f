import type { DatabasePool } from 'slonik';
import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { recordUsage } from '../accounts/usage.ts';
import { clearWithheld } from '../posts/withheld.ts';
import type { SyncTurn } from '../sync/advance.ts';
import { keepPace } from '../sync/pace.ts';
import { createPostByPost } from '../sync/post-by-post.ts';
import type { SyncRunRow } from '../sync/schema.ts';
import { metricsOf, type Surface, surfaceOf } from './catalogue.ts';
import { askMedia, createMeasure, probeMetrics, type Target } from './measure.ts';
import { createInsightsRepository, type DuePost, type Measurement } from './repository.ts';

/** Posts whose figures are asked for side by side, and stored together. */
const SIDE_BY_SIDE = 4;

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
    const measure = createMeasure({ insights: rememberQuarantine(insights) });
    const settled = new Set<Surface>();
    let measured: { post: DuePost; measurement: Measurement }[] = [];

    const measurePost = (post: DuePost) =>
      measure({
        account_id: account.id,
        login: account.login,
        surface: surfaceOf(post),
        graph_version: graphVersion,
        ask: askMedia(client, post.instagram_id, turn.step()),
      });

    const posts = createPostByPost<DuePost>({
      database,
      turn,
      connected,
      what: 'insights',
      bring: async (post) => {
        const { metrics, unavailable } = await measurePost(post);
        settled.add(surfaceOf(post));
        const { instagram_id } = post;
        measured.push({ post, measurement: { instagram_id, whole: true, metrics, unavailable, period: null } });
      },
      read: (post) =>
        probeMetrics(metricsOf(surfaceOf(post), account.login), askMedia(client, post.instagram_id, turn.step())),
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
          await clearWithheld(connection, { account_id: account.id, post_ids, what: 'insights' });
        }
        await recordUsage(connection, account.id, usage);
        await runs.recordProgress(turn.lease);
      });
    };

    /** The first of each kind that has figures alone: if Instagram refuses a metric of it, that is searched for once. */
    const measureAll = async (due: readonly DuePost[]): Promise<void> => {
      const others: DuePost[] = [];
      for (const post of due) {
        if (settled.has(surfaceOf(post))) others.push(post);
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

/** Asks the database once for each kind, not once for each post; what this turn adds it knows. */
const rememberQuarantine = (
  insights: Pick<ReturnType<typeof createInsightsRepository>, 'listQuarantined' | 'quarantine'>,
): Pick<ReturnType<typeof createInsightsRepository>, 'listQuarantined' | 'quarantine'> => {
  const known = new Map<Surface, Promise<readonly string[]>>();
  return {
    listQuarantined: (target: Pick<Target, 'account_id' | 'graph_version' | 'surface'>) => {
      const listed = known.get(target.surface) ?? insights.listQuarantined(target);
      known.set(target.surface, listed);
      return listed;
    },
    quarantine: async (target, metrics, days) => {
      await insights.quarantine(target, metrics, days);
      if (metrics.length > 0) known.delete(target.surface);
    },
  };
};
