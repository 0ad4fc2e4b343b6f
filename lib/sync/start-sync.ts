import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { ensureConnected } from '../accounts/connected.ts';
import { onlyAccount } from '../database/account-scope.ts';
import { fromFailure } from '../failure.ts';
import type { Advance } from '../wake-ups/advance.ts';
import { createWaitForEnd } from '../wake-ups/wait-for-end.ts';
import type { Wake } from '../wake-ups/wake.ts';
import type { SyncRunRepository } from './repository.ts';
import { isFinished, type SyncMode, type SyncRunRow } from './schema.ts';

/**
 * Starts a sync of an account, or joins its active run, and works on it until it ends or the deadline comes. After that a
 * worker continues.
 * @throws {ServiceError} `account_disconnected`; the run's own failure, with `sync_id`, when it fails before the deadline.
 */
export const createStartSync = ({
  runs,
  advance,
  wake,
  now,
  sleep,
}: {
  runs: Pick<SyncRunRepository, 'start' | 'find'>;
  advance: Advance;
  wake: Wake;
  now: () => number;
  sleep: (ms: number) => Promise<void>;
}) => {
  const waitForEnd = createWaitForEnd<SyncRunRow>({
    find: ({ account_id, id }) => runs.find(onlyAccount(account_id), id),
    isOver: ({ status }) => isFinished(status),
    advance,
    now,
    sleep,
  });

  const startSync = async (
    request: {
      account: Pick<ConnectedAccount['account'], 'id' | 'status'>;
      mode: SyncMode;
      include: readonly string[];
      accept_missing: boolean;
    },
    /** `performance.now()` milliseconds until which the caller waits; a time in the past: it does not wait. */
    deadline: number,
  ): Promise<SyncRunRow> => {
    const { account, ...wanted } = request;
    ensureConnected(account);
    const started = await runs.start({ ...wanted, account_id: account.id });
    if (now() >= deadline) {
      await wake(started, 0);
      return started;
    }
    const run = await waitForEnd(started, deadline);
    // Another caller had asked the joined run to stop: this caller gets a run of its own.
    if (run.status === 'cancelled' && started.cancel_requested_at !== null) return await startSync(request, deadline);
    if (run.status === 'failed' && run.error !== null) throw fromFailure(run.error, { sync_id: run.id });
    return run;
  };
  return startSync;
};
