import type { DatabasePool, DatabaseTransactionConnection } from 'slonik';
import { createSyncRunRepository, type Lease, type SyncRunRepository } from './repository.ts';
import type { SyncRunRow } from './schema.ts';

/** Somebody else has taken the run since: whatever this turn holds in memory is worthless. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}

/** A person asked for the run to stop. */
export class CancelRequested extends Error {
  override readonly name = 'CancelRequested';
}

/** The time for this turn is used up; the run goes on in another. */
export class OutOfTime extends Error {
  override readonly name = 'OutOfTime';
}

/** No step of a turn (a Graph read with its retries, a write) may take longer; a lease outlives three of them. */
export const STEP_MS = 20_000;

/** One turn at a run: its lease, its deadline, and the only way to write. */
export interface Turn {
  lease: Lease;
  /** `performance.now()` milliseconds at which the turn must be over. */
  deadline: number;
  /** Until when a step begun now may last: `{ deadline }` as the Instagram client takes it. */
  step: () => { deadline: number };
  /**
   * Runs one transaction, opened by extending the lease. The row it hands in is locked and current: a request that
   * joined meanwhile may have asked for more.
   * @throws {LeaseLost | CancelRequested} with nothing written.
   */
  write: <Result>(
    body: (runs: SyncRunRepository, run: SyncRunRow, connection: DatabaseTransactionConnection) => Promise<Result>,
  ) => Promise<Result>;
}

/** Opens a turn on a run whose lease was just taken. */
export const createTurn = ({
  database,
  lease,
  deadline,
  leaseSeconds,
  now,
}: {
  database: Pick<DatabasePool, 'transaction'>;
  lease: Lease;
  deadline: number;
  leaseSeconds: number;
  now: () => number;
}): Turn => ({
  lease,
  deadline,
  step: () => {
    if (now() >= deadline) throw new OutOfTime();
    return { deadline: Math.min(now() + STEP_MS, deadline) };
  },
  write: (body) =>
    database.transaction(async (connection) => {
      const runs = createSyncRunRepository(connection);
      const run = await runs.extendLease(lease, leaseSeconds);
      if (run === null) throw new LeaseLost();
      if (run.cancel_requested_at !== null) throw new CancelRequested();
      return await body(runs, run, connection);
    }),
});
