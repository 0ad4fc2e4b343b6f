import type { Logger } from '@aws-lambda-powertools/logger';
import type { CommonQueryMethods, DatabasePool } from 'slonik';
import { recordThrottle } from '../accounts/usage.ts';
import { type Backoff, createWait } from '../backoff.ts';
import { isDatabaseAway } from '../errors.ts';
import type { Failure } from '../failure.ts';
import { InstagramError } from '../instagram/errors.ts';
import { errorFields } from '../logger.ts';
import { isStopping } from '../stopping.ts';
import { backoffSeconds, type InterruptedTurn, type Interruption, interruptionOf } from './interruption.ts';
import {
  createTurn,
  type Delay,
  type Lease,
  type LeasedRow,
  type LeasedRows,
  type Turn,
  type WorkKey,
} from './turn.ts';
import type { Wake } from './wake.ts';

/** Turns in a row without progress, after which the work is given up. */
const MAX_ATTEMPTS = 5;
const DATABASE_RETRY_MS: Backoff = { first: 250, max: 16_000 };

/** `busy`: another has the lease, it is not due yet, or it is closed. */
export type AdvanceOutcome = 'finished' | 'handed_over' | 'waiting' | 'busy';

/** Works at a row until it is finished, must wait, or `deadline` (`performance.now()` ms) comes. */
export type Advance = (key: WorkKey, deadline: number) => Promise<AdvanceOutcome>;

/** What each kind of work must provide: the rows of one table, and what is done with them. */
export interface Work<Row extends LeasedRow, Rows extends LeasedRows<Row>> {
  /** One word, for log lines and their events: `sync`. */
  name: string;
  /** A row's ids as log lines name them. */
  idsOf: (key: WorkKey) => Readonly<Record<string, number>>;
  rowsOf: (connection: CommonQueryMethods) => Rows;
  /** Throws where nothing may be written to the row any more (`CancelRequested`). */
  refuse?: (row: Row) => void;
  /** Does the work and records it. Throws where some of it must wait (`Pause`). */
  perform: (turn: Turn<Rows, Row>, row: Row) => Promise<void>;
  /** What an error means for this work, where that differs from `interruptionOf`; null: it does not differ. */
  interrupt?: (error: unknown, row: Row, turn: InterruptedTurn) => Interruption | null;
  /** Closes the row with a failure. */
  fail: (rows: Rows, lease: Lease, failure: Failure) => Promise<unknown>;
  /** Closes the row as a person asked. */
  cancel?: (rows: Rows, lease: Lease) => Promise<unknown>;
}

export interface AdvanceDeps {
  database: DatabasePool;
  wake: Wake;
  leaseSeconds: number;
  logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  now: () => number;
  random: () => number;
  sleep: (ms: number) => Promise<void>;
}

/**
 * A failure as fields of a log line: our words, and the numbers that Meta's support asks for. Meta's words may quote a
 * caption, so they are left out.
 */
const failureFields = (failure: Failure | null): Readonly<Record<string, unknown>> => {
  if (failure === null) return {};
  const { code, detail, instagram } = failure;
  if (instagram === null) return { code, detail };
  return {
    code,
    detail,
    instagram_code: instagram.code,
    error_subcode: instagram.error_subcode,
    fbtrace_id: instagram.fbtrace_id,
  };
};

const BUG: Failure = { code: 'internal_error', detail: 'Unexpected', instagram: null };

/**
 * Makes the function that works at a row for one turn, from the state that the row records. A waiting request and a
 * worker call the same one. Any number may call it at once: the lease admits one. However a turn ends, the row records
 * it.
 * @throws {ServiceError} `database_unavailable` when the database stays away until the deadline.
 */
export const createAdvance = <Row extends LeasedRow, Rows extends LeasedRows<Row>>(
  { name, idsOf, rowsOf, refuse = () => undefined, perform, interrupt = () => null, fail, cancel }: Work<Row, Rows>,
  { database, wake, leaseSeconds, logger, now, random, sleep }: AdvanceDeps,
): Advance => {
  const rows = rowsOf(database);
  const givenUp: Failure = {
    code: 'internal_error',
    detail: `The ${name} was tried ${MAX_ATTEMPTS} times without progress`,
    instagram: null,
  };

  return async (key, deadline) => {
    const ids = idsOf(key);

    /** Records in the row how its turn was interrupted, and gives the outcome of the turn. */
    const settle = async (lease: Lease, interruption: Interruption, error: unknown): Promise<AdvanceOutcome> => {
      const release = async (delay: Delay) => {
        await rows.release(lease, delay);
        await wake(key, delay.delaySeconds);
      };
      switch (interruption.kind) {
        case 'lost':
          return 'busy';
        case 'cancelled':
          await cancel?.(rows, lease);
          return 'finished';
        case 'handed_over':
          await release({ delaySeconds: 0, reason: 'planned' });
          return 'handed_over';
        case 'wait': {
          const { seconds, reason, error: failure } = interruption;
          const level = reason === 'planned' ? 'info' : 'warn';
          logger[level](`${name} waits`, {
            event: `${name}_waiting`,
            ...ids,
            seconds,
            reason,
            ...failureFields(failure),
          });
          if (reason === 'throttled') {
            const stated = error instanceof InstagramError && error.isWaitStated;
            await recordThrottle(database, key.account_id, seconds, { stated });
          }
          await release({ delaySeconds: seconds, reason, error: failure });
          return 'waiting';
        }
        case 'failed':
          logger.warn(`${name} failed`, { event: `${name}_failed`, ...ids, ...failureFields(interruption.error) });
          await fail(rows, lease, interruption.error);
          return 'finished';
        case 'bug':
          logger.error(`${name} interrupted by a bug`, { event: `${name}_bug`, ...ids, error: errorFields(error) });
          await release({ delaySeconds: backoffSeconds(MAX_ATTEMPTS, random), reason: 'fault', error: BUG });
          return 'waiting';
      }
    };

    const waitForDatabase = createWait(DATABASE_RETRY_MS, { now, sleep });
    /**
     * Waits for a database that went away, and reads the row again: only the row tells what was committed. The lease
     * may still be ours; null: it is not. Pauses grow over the whole turn, so that a query which always fails does not
     * make us read the same page for ever.
     */
    const reopen = async (lease: Lease, away: unknown): Promise<Row | null> => {
      const error = errorFields(away); // its causes tell a cut network from a lock or a time limit
      logger.warn(`the database went away during a ${name}`, { event: `${name}_database_away`, ...ids, error });
      while (!isStopping() && (await waitForDatabase(deadline))) {
        try {
          return await rows.extendLease(lease, leaseSeconds);
        } catch (error) {
          if (!isDatabaseAway(error)) throw error;
        }
      }
      throw away;
    };

    /**
     * Works until the turn has an outcome. Each time the database was away, it begins again with the row as it is then.
     */
    const take = async (turn: Turn<Rows, Row>, row: Row): Promise<AdvanceOutcome> => {
      try {
        try {
          await perform(turn, row);
          return 'finished';
        } catch (error) {
          if (isDatabaseAway(error)) throw error;
          const { attempts, throttles } = row;
          const interrupted = { attempts, throttles, outOfTime: now() >= deadline || isStopping(), random };
          const interruption = interrupt(error, row, interrupted) ?? interruptionOf(error, interrupted);
          return await settle(turn.lease, interruption, error);
        }
      } catch (error) {
        if (!isDatabaseAway(error)) throw error;
        const reopened = await reopen(turn.lease, error);
        return reopened === null ? 'busy' : await take(turn, reopened);
      }
    };

    const taken = await rows.takeLease(key, leaseSeconds);
    if (taken === null) return 'busy';
    const startedAt = now();
    const lease = { ...key, lease_epoch: taken.lease_epoch };
    if (taken.attempts > MAX_ATTEMPTS) {
      logger.error(`${name} given up`, {
        event: `${name}_parked`,
        ...ids,
        attempts: taken.attempts - 1,
        ...failureFields(taken.error),
      });
      await fail(rows, lease, taken.error ?? givenUp);
      return 'finished';
    }
    logger.info(`${name} turn begins`, { event: `${name}_turn_started`, ...ids, attempt: taken.attempts });
    const turn = createTurn<Row, Rows>({ database, rowsOf, refuse, lease, deadline, leaseSeconds, now });
    const outcome = await take(turn, taken);
    const ms = Math.round(now() - startedAt);
    logger.info(`${name} turn ends`, { event: `${name}_turn_ended`, ...ids, outcome, ms });
    return outcome;
  };
};
