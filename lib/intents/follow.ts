import type { CommonQueryMethods } from 'slonik';
import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import type { Failure } from '../failure.ts';
import { OutOfTime } from '../wake-ups/turn.ts';
import { decide, mayHaveSecond, pauseAfterReadBackMs, type Role, wakeAfterMs } from './decide.ts';
import { type IntentDeps, kindOf } from './deps.ts';
import { createReadBack } from './read-back.ts';
import { createIntentRepository } from './repository.ts';
import type { IntentRow, IntentTiming } from './schema.ts';
import { createSend, type FailedSend } from './send.ts';
import { createVerify } from './verify.ts';

/** Kept of the follower's time, to record the result of a send. */
const RESERVE_MS = 500;
/** A send that has less time than this is not begun. */
const MIN_SEND_MS = 1_500;
/** Another is reading back now: the row is read again after this. */
const NOT_DUE_MS = 500;

/** An intent that is ours to send until `sendBy` (`performance.now()` ms). */
export interface Taken {
  row: IntentRow;
  sendBy: number;
}
/**
 * Makes an intent ours to send, to `target_id` if that is another by now. Commit before anything is sent. Null: it may
 * not be sent, or another was faster. @throws {OutOfTime} when no time for a send is left.
 */
export type Take = (options?: { connection?: CommonQueryMethods; target_id?: string }) => Promise<Taken | null>;

/** What differs between followers. Every function may end the following by throwing. */
export interface Follower {
  as: Role;
  /** `performance.now()` ms at which it must be over. */
  deadline: number;
  /** Asked before every call to Instagram. Null: not now; the following ends. */
  connect: (row: IntentRow) => Promise<ConnectedAccount | null>;
  /** There is nothing to do for `ms`; Infinity: nobody can say for how long. Sleeps, or ends the following. */
  wait: (row: IntentRow, ms: number) => Promise<'again' | 'stop'>;
  /** Calls `take`, unless something that only this follower knows forbids the send. */
  beforeSend: (row: IntentRow, take: Take) => Promise<Taken | null | 'stop'>;
  /** Called after each send that failed. */
  sendFailed?: (failed: FailedSend) => void;
}

/** How long a send may last that begins now and must be recorded in time; null: too short to begin it. */
export const sendMsWithin = ({ sendMs }: Pick<IntentTiming, 'sendMs'>, remainingMs: number): number | null => {
  const possible = Math.min(sendMs, remainingMs - RESERVE_MS);
  return possible < Math.min(MIN_SEND_MS, sendMs) ? null : possible;
};

/**
 * Follows an intent: asks `decide`, does that, and asks again, until the intent has its outcome or its follower stops. Any
 * number may follow one intent at once. `own`: its row was just accepted, and is the follower's to send.
 */
export const createFollow = (deps: IntentDeps) => {
  const { database, kinds, timing, now, logger } = deps;
  const intents = createIntentRepository(database);
  const send = createSend(deps);
  const readBack = createReadBack(deps);
  const verify = createVerify(deps);

  const takeFor =
    (row: IntentRow, deadline: number): Take =>
    async ({ connection = database, target_id = row.target_id } = {}) => {
      // From before the statement was sent: the database's clock says it later, so ours ends first.
      const begunAt = now();
      const sendMs = sendMsWithin(timing, deadline - begunAt);
      if (sendMs === null) throw new OutOfTime();
      const taken = await createIntentRepository(connection).resend(row, { sendMs, target_id });
      return taken === null ? null : { row: taken, sendBy: begunAt + sendMs };
    };

  const giveUp = async (row: IntentRow, certain: boolean, as: Role): Promise<void> => {
    if (row.state !== 'unknown') return void (await intents.finishVerification(row, row.second_effects));
    const kind = kindOf(kinds, row);
    const failure: Failure = kind.givenUp(row.error, certain);
    if (certain) return void (await intents.refuse(row, { failure }, { verify: mayHaveSecond(row, kind) }));
    if (!(await intents.abandon(row, { failure })) || as !== 'watcher') return; // a publisher reports it as its own failure
    const { account_id, id: intent_id, background_reads: reads } = row;
    const ids = { account_id, intent_id, kind: row.kind };
    logger.error('the outcome of a write stays unknown', { event: 'intent_abandoned', ...ids, reads });
  };

  /** One step. The row: it has its outcome. 'again': decide anew. 'stop': the follower ends it here. */
  const step = async (row: IntentRow, follower: Follower, own: Taken | null): Promise<IntentRow | 'again' | 'stop'> => {
    const { as, deadline } = follower;
    const decision = own === null ? decide(row, as) : ({ do: 'send' } as const);
    switch (decision.do) {
      case 'done':
        return row;
      case 'give_up':
        await giveUp(row, decision.certain, as);
        return 'again';
      case 'wait':
        return await follower.wait(row, decision.ms);
      case 'send': {
        const connected = await follower.connect(row); // what fails here fails before the row says 'sending'
        if (connected === null) return 'stop';
        const taken = own ?? (await follower.beforeSend(row, takeFor(row, deadline)));
        if (taken === null) return 'again';
        if (taken === 'stop') return 'stop';
        const result = await send(connected, taken.row, { sendBy: taken.sendBy, deadline });
        if (result.failed !== null) follower.sendFailed?.(result.failed);
        return result.ended ?? 'again';
      }
      case 'read_back': {
        if (row.state === 'sending') {
          await intents.markLapsed(row, timing); // everybody must see this, even if Instagram may not be asked now
          return 'again';
        }
        const connected = await follower.connect(row);
        if (connected === null) return 'stop';
        const wakeMs = as === 'caller' ? null : wakeAfterMs(row, timing);
        if (row.outcome !== null) {
          await verify(connected, row, { deadline, wakeMs: wakeAfterMs(row, timing) });
          return 'stop';
        }
        const result = await readBack(connected, row, { deadline, wakeMs });
        if (as === 'watcher') return 'stop'; // one a turn: the row says when the next one is due
        if (result === 'refused') return await follower.wait(row, Number.POSITIVE_INFINITY);
        if (as === 'caller') return result === 'not_due' ? await follower.wait(row, NOT_DUE_MS) : 'again';
        const after = (await intents.find(row)) ?? row;
        const pauseMs = after.state === 'unknown' ? pauseAfterReadBackMs(row, after, timing) : 0;
        return pauseMs > 0 ? await follower.wait(after, pauseMs) : 'again';
      }
    }
  };

  return async (start: IntentRow, follower: Follower, own: Taken | null = null): Promise<IntentRow> => {
    let taken = own;
    for (let row = start; ; row = (await intents.find(row)) ?? row) {
      const result = await step(row, follower, taken);
      if (result === 'stop') return row;
      if (result !== 'again') return result;
      taken = null;
    }
  };
};
