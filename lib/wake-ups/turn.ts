import type { CommonQueryMethods, DatabasePool, DatabaseTransactionConnection } from 'slonik';
import type { Failure } from '../failure.ts';
import { isStopping } from '../stopping.ts';

/** A row of a table that is worked at. */
export interface WorkKey {
  account_id: number;
  id: number;
}
/** A row together with the fence its lease was taken with. */
export interface Lease extends WorkKey {
  lease_epoch: number;
}

/** What of a row its workers look at, whatever the work is. */
export interface LeasedRow extends Lease {
  /** Leases taken since the last progress, this one included. */
  attempts: number;
  /** Waits for Instagram's rate limit since the last progress. */
  throttles: number;
  /** What stood in the way last. */
  error: Failure | null;
}

/**
 * How long nobody is to work at a row, and why: `throttled` Instagram asks for it · `fault` of the moment, and only so many
 * in a row · `planned` nobody's failure.
 */
export interface Delay {
  delaySeconds: number;
  reason: 'throttled' | 'fault' | 'planned';
  error?: Failure | null;
}

/** What a repository of leased work offers to whoever works at it. */
export interface LeasedRows<Row> {
  /** Takes the lease where it is free and due, and counts the attempt. Null: held, waiting, or finished. */
  takeLease: (key: WorkKey, leaseSeconds: number) => Promise<Row | null>;
  /** First statement of every write: extends the lease and locks the row. Null: somebody else holds it now. */
  extendLease: (lease: Lease, leaseSeconds: number) => Promise<Row | null>;
  /** Lets go of the row, for whoever is woken when the rest is over. */
  release: (lease: Lease, delay: Delay) => Promise<void>;
}

/** Somebody else has taken the row since: whatever this turn holds in memory is worthless. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}

/** A person asked for the work to stop. */
export class CancelRequested extends Error {
  override readonly name = 'CancelRequested';
}

/** The time for this turn is used up, or the process is about to stop; the work goes on in another. */
export class OutOfTime extends Error {
  override readonly name = 'OutOfTime';
}

/** No step of a turn (a Graph read with its retries, a write) may take longer; a lease outlives three of them. */
export const STEP_MS = 20_000;

/** One turn at a row: its lease, its deadline, and the only way to write. */
export interface Turn<Rows, Row> {
  lease: Lease;
  /** For how long a write extends the lease. */
  leaseSeconds: number;
  /** `performance.now()` milliseconds at which the turn must be over. */
  deadline: number;
  /** Until when a step begun now may last: `{ deadline }` as the Instagram client takes it. @throws {OutOfTime} */
  step: () => { deadline: number };
  /** Extends the lease, and gives the row as it is now. @throws {LeaseLost | CancelRequested} */
  refresh: () => Promise<Row>;
  /**
   * Runs one transaction, opened by extending the lease. The row it hands in is locked and current: a request may have
   * changed it meanwhile.
   * @throws {LeaseLost | CancelRequested} with nothing written.
   */
  write: <Result>(
    body: (rows: Rows, row: Row, connection: DatabaseTransactionConnection) => Promise<Result>,
  ) => Promise<Result>;
  /**
   * The same for one statement that extends the lease itself, and gives null, with nothing written, where it may not: a
   * round trip instead of four.
   */
  writeAtOnce: <Result>(statement: (rows: Rows) => Promise<Result | null>) => Promise<Result>;
}

/** Opens a turn on a row whose lease was just taken. `refuse` throws for a row that nothing may be written to any more. */
export const createTurn = <Row, Rows>({
  database,
  rowsOf,
  refuse,
  lease,
  deadline,
  leaseSeconds,
  now,
}: {
  database: DatabasePool;
  rowsOf: (connection: CommonQueryMethods) => Rows & Pick<LeasedRows<Row>, 'extendLease'>;
  refuse: (row: Row) => void;
  lease: Lease;
  deadline: number;
  leaseSeconds: number;
  now: () => number;
}): Turn<Rows, Row> => {
  const extend = async (rows: Pick<LeasedRows<Row>, 'extendLease'>): Promise<Row> => {
    const row = await rows.extendLease(lease, leaseSeconds);
    if (row === null) throw new LeaseLost();
    refuse(row);
    return row;
  };
  const refresh = () => extend(rowsOf(database));
  return {
    lease,
    leaseSeconds,
    deadline,
    step: () => {
      if (now() >= deadline || isStopping()) throw new OutOfTime();
      return { deadline: Math.min(now() + STEP_MS, deadline) };
    },
    refresh,
    write: (body) =>
      database.transaction(async (connection) => {
        const rows = rowsOf(connection);
        return await body(rows, await extend(rows), connection);
      }),
    writeAtOnce: async (statement) => {
      const result = await statement(rowsOf(database));
      if (result !== null) return result;
      await refresh(); // which knows why
      throw new LeaseLost();
    },
  };
};
