import type { Logger } from '@aws-lambda-powertools/logger';
import type { DatabasePool } from 'slonik';
import type { ConnectedAccount, ConnectInstagram } from '../accounts/connect-instagram.ts';
import { recordTokenState } from '../accounts/token-state.ts';
import { recordThrottle, throttledForSeconds } from '../accounts/usage.ts';
import { ServiceError } from '../errors.ts';
import type { Failure } from '../failure.ts';
import { errorFields } from '../logger.ts';
import { backoffSeconds, type Interruption, interruptionOf } from './outcome.ts';
import { createSyncRunRepository, type RunKey } from './repository.ts';
import type { SyncPhase, SyncRunRow } from './schema.ts';
import { createTurn, type Turn } from './turn.ts';

/** Turns at a run without any progress before it is given up. */
const ATTEMPTS_AT_MOST = 5;
const DATABASE_RETRY_FIRST_MS = 250;
const DATABASE_RETRY_LONGEST_MS = 2_000;

/** `busy`: held by somebody else, not due yet, or finished already. */
export type AdvanceOutcome = 'finished' | 'handed_over' | 'waiting' | 'busy';

export type PhaseStep = (turn: Turn, run: SyncRunRow, connected: ConnectedAccount) => Promise<void>;

/** What a run has to do next, or null when it is done with all that is asked of it by now. */
export const nextPhase = ({
  mode,
  complete,
  done,
}: Pick<SyncRunRow, 'mode' | 'complete' | 'done'>): SyncPhase | null => {
  if (!done.includes('media') || (mode === 'full' && !complete)) return 'media';
  if (mode === 'full' && !done.includes('missing')) return 'missing';
  return null;
};

const GIVEN_UP: Failure = {
  code: 'internal_error',
  detail: `The sync was begun ${ATTEMPTS_AT_MOST} times without getting any further`,
  instagram: null,
};
const BUG: Failure = { code: 'internal_error', detail: 'Unexpected', instagram: null };

/**
 * Takes a run as far as `deadline` (`performance.now()` ms) allows, from where its row says it stands. The same function
 * serves the request that waits and the worker. Safe to call at any time, by any number at once: the lease admits one.
 * @throws {ServiceError} `database_unavailable` when the database stays away until the deadline.
 */
export const createAdvance =
  ({
    database,
    connectInstagram,
    phases,
    wake,
    leaseSeconds,
    logger,
    now,
    random,
    sleep,
  }: {
    database: DatabasePool;
    connectInstagram: ConnectInstagram;
    phases: Record<SyncPhase, PhaseStep>;
    /** Sends a wake-up for the run; a failure to send it is its own to log. */
    wake: (key: RunKey, delaySeconds: number) => Promise<void>;
    leaseSeconds: number;
    logger: Pick<Logger, 'info' | 'warn' | 'error'>;
    now: () => number;
    random: () => number;
    sleep: (ms: number) => Promise<void>;
  }) =>
  async (key: RunKey, deadline: number): Promise<AdvanceOutcome> => {
    const runs = createSyncRunRepository(database);
    const ids = { account_id: key.account_id, sync_run_id: key.id };

    /** Runs the phases that are left, one after another, and ends the run. Every return is recorded in its row. */
    const work = async (turn: Turn, first: SyncRunRow): Promise<AdvanceOutcome> => {
      const wait = await throttledForSeconds(database, key.account_id);
      if (wait > 0) return await settle(turn, { kind: 'wait', seconds: wait, throttled: true, error: null });
      const connected = await connectInstagram(key.account_id);
      let run = first;
      for (let phase = nextPhase(run); phase !== null; phase = nextPhase(run)) {
        await phases[phase](turn, run, connected);
        if (connected.account.token_state === 'dead') await recordTokenState(database, key.account_id, 'alive', null);
        run = await turn.write(async (_, current) => current);
      }
      // Asked once more under the row's lock: a request may have joined and asked for more since.
      const more = await turn.write(async (held, current) => {
        if (nextPhase(current) !== null) return true;
        await held.finish(turn.lease, 'succeeded', null);
        return false;
      });
      return more ? await work(turn, run) : 'finished';
    };

    /** Records what becomes of an interrupted turn. */
    const settle = async (turn: Turn, interruption: Interruption, error?: unknown): Promise<AdvanceOutcome> => {
      const release = async (pause: Parameters<typeof runs.release>[1]) => {
        await runs.release(turn.lease, pause);
        await wake(key, pause.delaySeconds);
      };
      switch (interruption.kind) {
        case 'lost':
          return 'busy';
        case 'cancelled':
          await runs.finish(turn.lease, 'cancelled', null);
          return 'finished';
        case 'handed_over':
          await release({ delaySeconds: 0 });
          return 'handed_over';
        case 'wait': {
          const { seconds: delaySeconds, throttled } = interruption;
          logger.warn('sync waits', {
            event: 'sync_waiting',
            ...ids,
            seconds: delaySeconds,
            throttled,
            reason: interruption.error?.code,
          });
          if (throttled) await recordThrottle(database, key.account_id, delaySeconds);
          await release({ delaySeconds, throttled, error: interruption.error });
          return 'waiting';
        }
        case 'failed':
          logger.warn('sync failed', { event: 'sync_failed', ...ids, reason: interruption.error.code });
          if (interruption.tokenDead)
            await recordTokenState(database, key.account_id, 'dead', interruption.error.instagram);
          await runs.finish(turn.lease, 'failed', interruption.error);
          return 'finished';
        case 'bug':
          logger.error('sync interrupted by a bug', { event: 'sync_bug', ...ids, error: errorFields(error) });
          await release({ delaySeconds: backoffSeconds(ATTEMPTS_AT_MOST, random), error: BUG });
          return 'waiting';
      }
    };

    /** The database went away: nothing is known but what it will say itself. Our lease may well still be ours. */
    const reopen = async (turn: Turn, away: unknown): Promise<SyncRunRow | null> => {
      logger.warn('database away in the middle of a sync', { event: 'sync_database_away', ...ids });
      for (
        let pause = DATABASE_RETRY_FIRST_MS;
        now() + pause < deadline;
        pause = Math.min(2 * pause, DATABASE_RETRY_LONGEST_MS)
      ) {
        await sleep(pause);
        try {
          return await runs.extendLease(turn.lease, leaseSeconds);
        } catch (error) {
          if (!isDatabaseAway(error)) throw error;
        }
      }
      throw away;
    };

    /** Works until something is settled, coming back to the row whenever the database was away in between. */
    const take = async (turn: Turn, run: SyncRunRow): Promise<AdvanceOutcome> => {
      try {
        return await work(turn, run).catch((error: unknown) => {
          if (isDatabaseAway(error)) throw error;
          const { attempts, throttles } = run;
          return settle(
            turn,
            interruptionOf(error, { attempts, throttles, outOfTime: now() >= deadline, random }),
            error,
          );
        });
      } catch (error) {
        if (!isDatabaseAway(error)) throw error;
        const reopened = await reopen(turn, error);
        return reopened === null ? 'busy' : await take(turn, reopened);
      }
    };

    const taken = await runs.takeLease(key, leaseSeconds);
    if (taken === null) return 'busy';
    const startedAt = now();
    const lease = { ...key, lease_epoch: taken.lease_epoch };
    const turn = createTurn({ database, lease, deadline, leaseSeconds, now });
    if (taken.attempts > ATTEMPTS_AT_MOST) {
      logger.error('sync given up', { event: 'sync_parked', ...ids, attempts: taken.attempts - 1 });
      await runs.finish(lease, 'failed', taken.error ?? GIVEN_UP);
      return 'finished';
    }
    logger.info('sync turn begins', { event: 'sync_turn_started', ...ids, attempt: taken.attempts });
    const outcome = await take(turn, taken);
    logger.info('sync turn ends', { event: 'sync_turn_ended', ...ids, outcome, ms: Math.round(now() - startedAt) });
    return outcome;
  };
export type Advance = ReturnType<typeof createAdvance>;

const isDatabaseAway = (error: unknown) => error instanceof ServiceError && error.code === 'database_unavailable';
