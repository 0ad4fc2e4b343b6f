import type { DatabasePool } from 'slonik';
import type { ConnectedAccount, ConnectInstagram } from '../accounts/connect-instagram.ts';
import { recordStanding } from '../accounts/standing.ts';
import { recordTokenState } from '../accounts/token-state.ts';
import { InstagramError } from '../instagram/errors.ts';
import { logger } from '../logger.ts';
import { type AdvanceDeps, createAdvance } from '../wake-ups/advance.ts';
import { Pause } from '../wake-ups/interruption.ts';
import { CancelRequested, type Turn } from '../wake-ups/turn.ts';
import { createSyncRunRepository, type SyncRunRepository } from './repository.ts';
import type { SyncPhase, SyncRunRow } from './schema.ts';

/** One turn of a sync run. */
export type SyncTurn = Turn<SyncRunRepository, SyncRunRow>;

export type PhaseStep = (turn: SyncTurn, run: SyncRunRow, connected: ConnectedAccount) => Promise<void>;

/** The phase that a run has to do next; null: it has done all that is asked of it so far. */
export const nextPhase = ({
  mode,
  include,
  complete,
  done,
}: Pick<SyncRunRow, 'mode' | 'include' | 'complete' | 'done'>): SyncPhase | null => {
  if (!done.includes('media') || (mode === 'full' && !complete)) return 'media';
  if (mode === 'full' && !done.includes('missing')) return 'missing';
  if (include.includes('comments') && !done.includes('comments')) return 'comments';
  if (include.includes('insights') && !done.includes('insights')) return 'insights';
  return null;
};

/** The result of a run in one line, which an operator looks for first. */
const logEnd = ({ account_id, id, mode, pages, created, updated, unchanged, gone, warnings }: SyncRunRow): void => {
  const counts = { pages, created, updated, unchanged, gone };
  logger.info('sync succeeded', { event: 'sync_succeeded', account_id, sync_run_id: id, mode, ...counts, warnings });
};

/** Does the phases that are left, one after another, and ends the run. */
const createPerform = ({
  database,
  connectInstagram,
  phases,
}: {
  database: DatabasePool;
  connectInstagram: ConnectInstagram;
  phases: Record<SyncPhase, PhaseStep>;
}) => {
  const work = async (turn: SyncTurn, first: SyncRunRow, connected: ConnectedAccount): Promise<void> => {
    const { account } = connected;
    for (let run = first; ; ) {
      for (let phase = nextPhase(run); phase !== null; phase = nextPhase(run)) {
        await phases[phase](turn, run, connected);
        if (account.token_state === 'dead') await recordTokenState(database, account, 'alive', null);
        run = await turn.refresh();
      }
      // Checked again under the row's lock: meanwhile a request may have joined and asked for more.
      const more = await turn.write(async (runs, current) => {
        if (nextPhase(current) !== null) return current;
        await runs.finish(turn.lease, 'succeeded', null);
        return null;
      });
      if (more === null) {
        return logEnd(run);
      }
      run = more;
    }
  };

  return async (turn: SyncTurn, run: SyncRunRow): Promise<void> => {
    const connected = await connectInstagram(run.account_id);
    const { throttled_seconds: wait } = connected.standing;
    if (wait > 0) throw new Pause(wait, { reason: 'throttled' });
    try {
      await work(turn, run, connected);
    } catch (error) {
      if (error instanceof InstagramError) await recordStanding(database, connected.account, error);
      throw error;
    }
  };
};

/** Advances a sync run, one phase after another. */
export const createSyncAdvance = ({
  connectInstagram,
  phases,
  ...deps
}: AdvanceDeps & { connectInstagram: ConnectInstagram; phases: Record<SyncPhase, PhaseStep> }) =>
  createAdvance<SyncRunRow, SyncRunRepository>(
    {
      name: 'sync',
      idsOf: ({ account_id, id }) => ({ account_id, sync_run_id: id }),
      rowsOf: createSyncRunRepository,
      refuse: (run) => {
        if (run.cancel_requested_at !== null) throw new CancelRequested();
      },
      perform: createPerform({ database: deps.database, connectInstagram, phases }),
      fail: (runs, lease, failure) => runs.finish(lease, 'failed', failure),
      cancel: (runs, lease) => runs.finish(lease, 'cancelled', null),
    },
    deps,
  );
