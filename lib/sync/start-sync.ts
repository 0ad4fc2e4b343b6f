import { fromFailure } from '../failure.ts';
import type { Advance } from '../wake-ups/advance.ts';
import type { Wake } from '../wake-ups/wake.ts';
import type { SyncRunRepository } from './repository.ts';
import { isFinished, type SyncMode, type SyncRunRow } from './schema.ts';

const POLL_FIRST_MS = 250;
const POLL_LONGEST_MS = 2_000;

/**
 * Starts a sync of an account, or joins the one under way, and works on it until it ends or `deadline` comes; then it goes
 * on without the caller.
 * @throws {ServiceError} the run's own failure, with `sync_id`, when it fails within the wait.
 */
export const createStartSync =
  ({
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
  }) =>
  async (
    wanted: { account_id: number; mode: SyncMode; include: readonly string[]; accept_missing: boolean },
    /** `performance.now()` ms until when the caller waits; in the past: not at all. */
    deadline: number,
  ): Promise<SyncRunRow> => {
    const started = await runs.start(wanted);
    const key = { account_id: started.account_id, id: started.id };
    if (now() >= deadline) {
      await wake(key, 0);
      return started;
    }
    let run: SyncRunRow = started;
    for (let pause = POLL_FIRST_MS; ; pause = Math.min(2 * pause, POLL_LONGEST_MS)) {
      // Whoever holds the run works on it; while nobody does, this request may.
      const outcome = await advance(key, deadline);
      run = (await runs.find([key.account_id], key.id)) ?? run;
      if (isFinished(run.status) || outcome === 'handed_over') break;
      if (run.resumes_at !== null && Date.parse(run.resumes_at) - Date.now() > deadline - now()) break;
      if (now() + pause >= deadline) break;
      await sleep(pause);
    }
    if (run.status === 'failed' && run.error !== null) throw fromFailure(run.error, { sync_id: run.id });
    return run;
  };
