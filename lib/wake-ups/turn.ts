import type { CommonQueryMethods, DatabasePool, DatabaseTransactionConnection } from 'slonik';
import type { Failure } from '../failure.ts';
import { isStopping } from '../stopping.ts';

/** The key of a unit of work: a row with a lease. */
export interface WorkKey {
  account_id: number;
  id: number;
}
/** A unit of work, and the fence with which its lease was taken. */
export interface Lease extends WorkKey {
  lease_epoch: number;
}

/** The columns that every kind of work has. */
export interface LeasedRow extends Lease {
  /** Leases taken since the last progress, this one included. */
  attempts: number;
  /** Waits for Instagram's rate limit since the last progress. */
  throttles: number;
  /** Why it could not go on last time. */
  error: Failure | null;
}

/**
 * How long nobody works at a row, and why: `throttled` Instagram asks for it · `fault` a failure that may pass, of
 * which only a few may follow each other · `planned` no failure.
 */
export interface Delay {
  delaySeconds: number;
  reason: 'throttled' | 'fault' | 'planned';
  error?: Failure | null;
}

/** What the repository of each kind of work must provide. */
export interface LeasedRows<Row> {
  /** Takes the lease where it is free and the row is due, and counts the attempt. Null: leased, waiting, or closed. */
  takeLease: (key: WorkKey, leaseSeconds: number) => Promise<Row | null>;
  /** First statement of every write: extends the lease and locks the row. Null: another has the lease now. */
  extendLease: (lease: Lease, leaseSeconds: number) => Promise<Row | null>;
  /** Gives the lease back; the row is due again after the delay. */
  release: (lease: Lease, delay: Delay) => Promise<void>;
}

/** Another has taken the lease: what this turn has in memory may be outdated, and is dropped. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}

/** A person asked for the work to stop. */
export class CancelRequested extends Error {
  override readonly name = 'CancelRequested';
}

/** The time for this turn is used up, or the process is about to stop; another turn goes on. */
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
   * The same for one statement that extends the lease itself: one round trip instead of four. It gives null, and writes
   * nothing, where the lease is lost.
   */
  writeAtOnce: <Result>(statement: (rows: Rows) => Promise<Result | null>) => Promise<Result>;
}

/**
 * Opens a turn at a row whose lease was just taken. `refuse` throws where nothing may be written to the row any more.
 */
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
      await refresh(); // throws the reason, where it knows one
      throw new LeaseLost();
    },
  };
};
