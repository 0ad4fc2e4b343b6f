import type { DatabasePool } from 'slonik';
import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { recordUsage } from '../accounts/usage.ts';
import { InstagramError } from '../instagram/errors.ts';
import type { SyncTurn } from '../sync/advance.ts';
import { keepPace } from '../sync/pace.ts';
import type { SyncRunRow } from '../sync/schema.ts';
import { metricsOf, type Surface, surfaceOf } from './catalogue.ts';
import { askMedia, createMeasure, type Target } from './measure.ts';
import { createInsightsRepository, type DuePost, type Measurement } from './repository.ts';

/** Posts whose figures are asked for side by side, and stored together. */
const SIDE_BY_SIDE = 4;
/** So many posts refused in a row are no oddities of single posts. */
const REFUSALS_AT_MOST = 3;

/**
 * Asks for the figures of every post that is due, newest first, a few at a time. What was captured is stored at once, so
 * that a turn that is interrupted is gone on with from there. A post that Instagram has nothing for is noted and passed
 * over; it does not fail the run.
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
  async (turn: SyncTurn, run: SyncRunRow, { account, client, usage }: ConnectedAccount): Promise<void> => {
    const insights = createInsightsRepository(database);
    const measure = createMeasure({ insights: rememberQuarantine(insights) });
    const settled = new Set<Surface>();
    let refusals = 0;

    const measurePost = async (post: DuePost): Promise<Measurement> => {
      const { instagram_id } = post;
      const surface = surfaceOf(post);
      const nothing = (reason: 'no_data' | 'refused'): Measurement => ({
        instagram_id,
        whole: true,
        metrics: {},
        unavailable: metricsOf(surface, account.login).map((metric) => ({ metric, reason })),
        period: null,
      });
      try {
        const { metrics, unavailable } = await measure({
          account_id: account.id,
          login: account.login,
          surface,
          graph_version: graphVersion,
          ask: askMedia(client, instagram_id, turn.step()),
        });
        refusals = 0;
        return { instagram_id, whole: true, metrics, unavailable, period: null };
      } catch (error) {
        if (!(error instanceof InstagramError)) throw error;
        if (error.kind === 'missing') return nothing('no_data'); // its own sync finds out whether it is gone
        if (error.kind !== 'rejected') throw error;
        refusals += 1;
        if (refusals >= REFUSALS_AT_MOST) throw error;
        return nothing('refused');
      }
    };

    /** The first of each kind alone: if Instagram refuses a metric of it, that is searched for once. */
    const measureAll = async (posts: readonly DuePost[]): Promise<Measurement[]> => {
      const measured: Measurement[] = [];
      const others: DuePost[] = [];
      for (const post of posts) {
        if (settled.has(surfaceOf(post))) others.push(post);
        else {
          measured.push(await measurePost(post));
          settled.add(surfaceOf(post));
        }
      }
      return [...measured, ...(await Promise.all(others.map(measurePost)))];
    };

    for (let after: DuePost | null = null; ; ) {
      const due: readonly DuePost[] = await insights.findDue({
        account_id: account.id,
        started_at: run.requested_at,
        after,
        limit: SIDE_BY_SIDE,
      });
      if (due.length === 0) break;
      const measured = await measureAll(due);
      await turn.write(async (runs, _, connection) => {
        const stored = createInsightsRepository(connection);
        for (const measurement of measured) await stored.add(account.id, measurement);
        await recordUsage(connection, account.id, usage);
        await runs.recordProgress(turn.lease);
      });
      after = due.at(-1) ?? null;
      await keepPace(usage, turn, { now, sleep });
    }
    await turn.write((runs) => runs.finishPhase(turn.lease, 'insights'));
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
