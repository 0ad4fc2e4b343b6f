import type { DatabasePool } from 'slonik';
import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { ensureStillConnected } from '../accounts/connected.ts';
import { readQuietSeconds } from '../accounts/standing.ts';
import { type Failure, toFailure } from '../failure.ts';
import type { Follower, IntentRow, Intents, IntentTiming } from '../intents/index.ts';
import { backoffSeconds, Pause } from '../wake-ups/interruption.ts';
import { createContainerRepository } from './containers-repository.ts';
import { ensurePatience, meaningOf, notPublished, PublicationFailed } from './failures.ts';
import { CONTAINER_PATIENCE_MS } from './progress.ts';
import { mainContainerOf } from './represent.ts';
import type { PublicationRow } from './schema.ts';
import type { PublicationTurn } from './turn.ts';

/**
 * Settling times before a container is sent again: until then Instagram may not know it everywhere, and would refuse it
 * again.
 */
const RESEND_AFTER_SETTLES = 6;
/** A container that is older expires within the hour, and is not used any more. */
const MAX_CONTAINER_AGE_MS = 23 * 3_600_000;
/** The pause where Instagram wants no calls and names no time. */
const REFUSED_SECONDS = 60;

/**
 * Whether Instagram refused this container for good. Where it may only not know it yet, the error has a time to wait.
 */
const isContainerRefused = (failure: Failure | null): boolean => {
  const row = meaningOf(failure);
  return row?.retry === 'new_container' && row.waitSeconds === undefined;
};

/**
 * Publishes a container, once, and follows that to its end. After the first send the publication is bound to its
 * container. A new container is made only when Instagram has said, within the container's life, that it failed or was
 * not published; then this returns, and the row is prepared anew.
 * @throws {PublicationFailed} for good. @throws {Pause | OutOfTime | LeaseLost} until the next read-back or try.
 */
export const createPublish = ({
  database,
  follow,
  timing,
  random,
}: {
  database: DatabasePool;
  follow: Intents['follow'];
  timing: IntentTiming;
  random: () => number;
}) => {
  /** Gives up the container, which was not published, and has another prepared. */
  const prepareAnew = async (turn: PublicationTurn, row: PublicationRow): Promise<void> => {
    const container = mainContainerOf(row);
    // The parts of a carousel are used again, unless they are too old.
    const unusable = row.containers.filter((one) => one === container || one.age_ms > MAX_CONTAINER_AGE_MS);
    await turn.write(async (rows, _, connection) => {
      for (const { id } of unusable) {
        await createContainerRepository(connection).giveUp({ account_id: row.account_id, id });
      }
      await rows.setStatus(turn.lease, 'processing');
    });
  };

  /**
   * Whether the container must be replaced before anything is sent. After a send, only when read-backs have found it
   * unpublished, and Instagram has said that it always will be.
   */
  const needsAnother = (row: PublicationRow, intent: IntentRow): boolean => {
    const container = mainContainerOf(row);
    if (container === undefined || container.instagram_id === null || container.age_ms > MAX_CONTAINER_AGE_MS)
      return true;
    if (intent.state === 'pending') return false;
    if (container.instagram_id !== intent.target_id) return false; // it was replaced already
    return container.status_code === 'ERROR' || isContainerRefused(intent.error);
  };

  /** @throws {Pause} while it is too early to send, or Instagram wants no calls. */
  const ensureMaySend = async (row: PublicationRow, intent: IntentRow, hasFailedNow: boolean): Promise<void> => {
    ensurePatience(row);
    await ensureStillConnected(database, row.account_id);
    const container = mainContainerOf(row);
    const isNotReady = intent.state === 'pending' && meaningOf(intent.error)?.means === 'not_ready';
    if (isNotReady && (container?.age_ms ?? 0) > CONTAINER_PATIENCE_MS)
      throw new PublicationFailed(notPublished(intent.error));
    const quietSeconds = await readQuietSeconds(database, row.account_id);
    if (quietSeconds > 0) throw new Pause(quietSeconds, { reason: 'planned', error: intent.error });
    // It had no effect, and Instagram names no time to wait: a person must act.
    if (hasFailedNow && intent.state === 'pending' && intent.error !== null) throw new PublicationFailed(intent.error);
    if (intent.state !== 'unknown' || intent.settle_in_ms === null) return;
    const againMs = intent.settle_in_ms + RESEND_AFTER_SETTLES * timing.settleMs;
    if (againMs > 0) throw new Pause(againMs / 1_000, { reason: 'planned', error: intent.error });
  };

  /**
   * The pause before the next decision. A send that never left this machine is a fault that may pass, and counts as an
   * attempt: it must not go on for ever.
   */
  const pauseFor = (row: PublicationRow, { state, error }: IntentRow, ms: number): Pause => {
    const seconds = Number.isFinite(ms) ? ms / 1_000 : REFUSED_SECONDS;
    const wasNotSent = state === 'pending' && error !== null && error.instagram === null;
    if (!wasNotSent) return new Pause(seconds, { reason: 'planned', error });
    return new Pause(Math.max(seconds, backoffSeconds(row.attempts, random)), { reason: 'fault', error });
  };

  const followerOf = (turn: PublicationTurn, first: PublicationRow, connected: ConnectedAccount): Follower => {
    let hasFailedNow = false;
    return {
      as: 'publisher',
      deadline: turn.deadline,
      connect: async () => connected,
      wait: async (intent, ms) => {
        throw pauseFor(first, intent, ms);
      },
      beforeSend: async (intent, take) => {
        const row = await turn.refresh();
        if (needsAnother(row, intent)) {
          await prepareAnew(turn, row);
          return 'stop';
        }
        await ensureMaySend(row, intent, hasFailedNow);
        const target_id = mainContainerOf(row)?.instagram_id ?? intent.target_id;
        return await turn.write(async (rows, current, connection) => {
          if (current.status !== 'publishing') await rows.setStatus(turn.lease, 'publishing');
          return await take({ connection, target_id });
        });
      },
      sendFailed: ({ error }) => {
        hasFailedNow = true;
        const { code, options } = error;
        if (code !== 'instagram_rate_limited') return;
        throw new Pause(options.retryAfterSeconds ?? REFUSED_SECONDS, { reason: 'planned', error: toFailure(error) });
      },
    };
  };

  return async (turn: PublicationTurn, row: PublicationRow, connected: ConnectedAccount): Promise<void> => {
    if (row.status === 'published') return;
    const { account_id, intent_id } = row;
    const follower = followerOf(turn, row, connected);
    const intent = intent_id === null ? null : await follow({ account_id, id: intent_id }, follower);
    if (intent === null) throw new Error('What is being published has an intent');
    if (intent.outcome !== null && 'failure' in intent.outcome) throw new PublicationFailed(intent.outcome.failure);
  };
};
export type Publish = ReturnType<typeof createPublish>;
