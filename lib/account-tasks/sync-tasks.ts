import type { AccountStatus } from '../accounts/schema.ts';
import { logger } from '../logger.ts';
import type { SyncMode } from '../sync/schema.ts';
import type { AccountTask } from './advance.ts';
import { hotPauseSeconds } from './schedule.ts';
import type { TaskName } from './schema.ts';

interface Deps {
  /** Null: it is there no more. */
  findSchedule: (accountId: number) => Promise<{ status: AccountStatus; sync_include: readonly string[] } | null>;
  /** Starts a run, or makes the account's active run at least that large. */
  startRun: (accountId: number, wanted: { mode: SyncMode; include: readonly string[] }) => Promise<void>;
  /** Seconds since a run of the account was asked for last that has not failed, by anybody; null: never. */
  lastRequestedAgo: (accountId: number) => Promise<number | null>;
  /** The account's time from one post to the next, of late; null: it has none. */
  postingGapSeconds: (accountId: number) => Promise<number | null>;
}

/** Who was asked for its runs so lately is not looked at again, give or take the spread of due times. */
const ENOUGH = 0.9;

/**
 * The tasks that sync an account. Each starts a run, or makes the one under way larger, and is done with that: the run is work
 * of its own.
 */
export const createSyncTasks = ({ findSchedule, startRun, lastRequestedAgo, postingGapSeconds }: Deps) => {
  const start = async (accountId: number, mode: SyncMode): Promise<void> => {
    const account = await findSchedule(accountId);
    if (account?.status !== 'active') return; // it was paused a moment ago: the tick takes its tasks away
    await startRun(accountId, { mode, include: account.sync_include });
    logger.info('a sync was begun by schedule', { event: 'sync_scheduled', account_id: accountId, mode });
  };
  const regularly =
    (mode: SyncMode): AccountTask =>
    async (_, { account_id, every_seconds }) => {
      await start(account_id, mode);
      return every_seconds;
    };
  /** A run that somebody has asked for, or another task, counts as this one. */
  const hot: AccountTask = async (_, { account_id, every_seconds }) => {
    const pauseSeconds = hotPauseSeconds(every_seconds, await postingGapSeconds(account_id));
    const ago = await lastRequestedAgo(account_id);
    if (ago !== null && ago < every_seconds * ENOUGH) return pauseSeconds - ago;
    await start(account_id, 'incremental');
    return pauseSeconds;
  };
  return { sync_hot: hot, sync_recent: regularly('recent'), sync_full: regularly('full') } satisfies Partial<
    Record<TaskName, AccountTask>
  >;
};
