import type { DatabasePool } from 'slonik';
import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { restSeconds } from '../accounts/standing.ts';
import type { Failure } from '../failure.ts';
import { classify } from '../instagram/classify.ts';
import type { IntentDeps } from '../intents/deps.ts';
import { createLook } from '../intents/look.ts';
import { nextMove } from '../intents/next-move.ts';
import { wakeAfterMs } from '../intents/patience.ts';
import { abandonIntent, endWithoutEffect, findIntent, takeSend } from '../intents/planned.ts';
import { sendMsWithin } from '../intents/pursue.ts';
import type { IntentRow } from '../intents/schema.ts';
import { createSend } from '../intents/send.ts';
import { backoffSeconds, Pause } from '../wake-ups/interruption.ts';
import { OutOfTime } from '../wake-ups/turn.ts';
import type { PublicationTurn } from './advance.ts';
import { createContainerRepository } from './containers-repository.ts';
import { ensurePatience, PublicationFailed } from './failures.ts';
import { CONTAINER_PATIENCE_MS } from './progress.ts';
import { mainContainerOf } from './represent.ts';
import type { PublicationRow } from './schema.ts';

/** For so many settling times a container may not be known everywhere: sent again sooner, it is refused again. */
const RESEND_AFTER = 6;
/** An hour before it expires, a container is too old to be begun with. */
const TOO_OLD_MS = 23 * 3_600_000;
/** Instagram's code for a container that it has not prepared, whatever it says of it. */
const NOT_READY = 9_007;
/** Instagram wants no calls, and does not say for how long. */
const REST_MS = 60_000;

/** Whether Instagram said that this very container is of no use. Where it may only not know it yet, there is a time to wait. */
const isContainerRefused = (failure: Failure | null): boolean => {
  const { code = null, error_subcode: subcode = null, message = '' } = failure?.instagram ?? {};
  const { retry, waitSeconds } = classify({ code, subcode, message, httpStatus: null, isTransient: false });
  return retry === 'new_container' && waitSeconds === undefined;
};

/** Why it was not published, now that this is known. */
const notPublished = (failure: Failure | null): Failure => ({
  code: failure === null || failure.code === 'outcome_unknown' ? 'instagram_error' : failure.code,
  detail: `${failure?.detail ?? 'Instagram did not answer'}. It was not published`,
  instagram: failure?.instagram ?? null,
});

/**
 * Makes a container public, once, and follows that to its end: sends it, looks what became of it, sends it again where that
 * is allowed. After the first attempt the publication is bound to its container: a new one is made only when Instagram has
 * said, within the container's life, that it failed or was not published; then it returns with the row to be prepared anew.
 * @throws {PublicationFailed} for good. @throws {Pause | OutOfTime | LeaseLost} until the next look or try.
 */
export const createPublish = ({
  database,
  intentDeps,
  now,
  random,
}: {
  database: DatabasePool;
  intentDeps: IntentDeps;
  now: () => number;
  random: () => number;
}) => {
  const { timing } = intentDeps;
  const send = createSend(intentDeps);
  const look = createLook(intentDeps);

  const getIntent = async ({ account_id, intent_id }: PublicationRow): Promise<IntentRow> => {
    const intent = intent_id === null ? null : await findIntent(database, { account_id, id: intent_id });
    if (intent === null) throw new Error('What is being published has an intent');
    return intent;
  };

  /** Another container is to take the place of one that was not published. */
  const prepareAnew = async (turn: PublicationTurn, row: PublicationRow): Promise<void> => {
    const container = mainContainerOf(row);
    // Parts of a carousel are good for another, but for no longer than a day either.
    const useless = row.containers.filter((one) => one === container || one.age_ms > TOO_OLD_MS);
    await turn.write(async (rows, _, connection) => {
      for (const { id } of useless) {
        await createContainerRepository(connection).giveUp({ account_id: row.account_id, id });
      }
      await rows.setStatus(turn.lease, 'processing');
    });
  };

  /**
   * Whether the container at hand may not be sent, though another may. Once one was sent, only when looks have found it
   * unpublished, and it, or Instagram of it, says that it never will be.
   */
  const needsAnother = (row: PublicationRow, intent: IntentRow): boolean => {
    const container = mainContainerOf(row);
    if (container === undefined || container.instagram_id === null || container.age_ms > TOO_OLD_MS) return true;
    if (intent.state === 'pending') return false;
    if (container.instagram_id !== intent.target_id) return false; // it is another already
    return container.status_code === 'ERROR' || isContainerRefused(intent.error);
  };

  /** @throws {Pause} while it is too early to send, or Instagram wants no calls. */
  const ensureMaySend = async (row: PublicationRow, intent: IntentRow): Promise<void> => {
    ensurePatience(row);
    const container = mainContainerOf(row);
    const isNotReady = intent.state === 'pending' && intent.error?.instagram?.code === NOT_READY;
    if (isNotReady && (container?.age_ms ?? 0) > CONTAINER_PATIENCE_MS)
      throw new PublicationFailed(notPublished(intent.error));
    const rest = await restSeconds(database, row.account_id);
    if (rest > 0) throw new Pause(rest, { reason: 'planned', error: intent.error });
    if (intent.state !== 'unknown' || intent.settle_in_ms === null) return;
    const againMs = intent.settle_in_ms + RESEND_AFTER * timing.settleMs;
    if (againMs > 0) throw new Pause(againMs / 1_000, { reason: 'planned', error: intent.error });
  };

  /** Until when nothing is to be done. That nothing could be sent is a fault of the moment, and must not go on for ever. */
  const waitFor = (row: PublicationRow, { state, error }: IntentRow, ms: number): Pause => {
    const wasNotSent = state === 'pending' && error !== null && error.instagram === null;
    if (!wasNotSent) return new Pause(ms / 1_000, { reason: 'planned', error });
    const seconds = Math.max(ms / 1_000, backoffSeconds(row.attempts, random));
    return new Pause(seconds, { reason: 'fault', error });
  };

  const sendOnce = async (
    turn: PublicationTurn,
    row: PublicationRow,
    intent: IntentRow,
    connected: ConnectedAccount,
  ): Promise<void> => {
    await ensureMaySend(row, intent);
    const target_id = mainContainerOf(row)?.instagram_id ?? intent.target_id;
    const begunAt = now();
    const sendMs = sendMsWithin(timing, turn.deadline - begunAt);
    if (sendMs === null) throw new OutOfTime();
    const taken = await turn.write(async (rows, current, connection) => {
      if (current.status !== 'publishing') await rows.setStatus(turn.lease, 'publishing');
      return await takeSend(connection, intent, { target_id, sendMs });
    });
    if (taken === null) return;
    // From before the statement was sent: the database's clock said it later, so ours ends first.
    await send(connected, taken, { sendBy: begunAt + sendMs, deadline: turn.deadline });
    const sent = await getIntent(row);
    // Nothing happened, and Instagram names no time: a person has to do something about it.
    if (sent.state !== 'pending' || (sent.retry_in_ms ?? 0) > 0 || sent.error === null) return;
    if ((await restSeconds(database, row.account_id)) === 0) throw new PublicationFailed(sent.error);
  };

  const lookOnce = async (turn: PublicationTurn, intent: IntentRow, connected: ConnectedAccount): Promise<void> => {
    const wakeMs = wakeAfterMs(intent.background_reads, timing.settleMs);
    const result = await look(connected, intent, { deadline: turn.step().deadline, wakeMs });
    const seen = (await findIntent(database, intent)) ?? intent;
    if (seen.state !== 'unknown') return;
    // The first look comes before anything is due to show; a look that counts is followed by another soon.
    const isSoon = seen.background_reads <= 1 || seen.absent_reads > intent.absent_reads;
    const restMs = result === 'refused' ? REST_MS : isSoon ? (seen.read_in_ms ?? 0) : wakeMs;
    if (restMs > 0) throw new Pause(restMs / 1_000, { reason: 'planned', error: seen.error });
  };

  const giveUp = async (intent: IntentRow, certain: boolean): Promise<void> => {
    if (certain) {
      const outcome = { failure: notPublished(intent.error) };
      return void (await endWithoutEffect(database, intent, { outcome, freeKey: false }));
    }
    await abandonIntent(database, intent);
  };

  return async (turn: PublicationTurn, first: PublicationRow, connected: ConnectedAccount): Promise<void> => {
    for (let row = first; ; row = await turn.refresh()) {
      if (row.status === 'published') return;
      const intent = await getIntent(row);
      const move = nextMove(intent);
      switch (move.do) {
        case 'wait':
          throw waitFor(row, intent, move.ms);
        case 'send':
          if (needsAnother(row, intent)) return await prepareAnew(turn, row);
          await sendOnce(turn, row, intent, connected);
          break;
        case 'look':
          await lookOnce(turn, intent, connected);
          break;
        case 'give_up':
          await giveUp(intent, move.certain);
          break;
        case 'nothing':
          if (intent.outcome !== null && 'failure' in intent.outcome)
            throw new PublicationFailed(intent.outcome.failure);
          break; // it was published just now
      }
    }
  };
};
export type Publish = ReturnType<typeof createPublish>;
