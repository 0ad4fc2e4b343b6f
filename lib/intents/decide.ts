import type { IntentKind } from './kind.ts';
import type { IntentRow, IntentTiming } from './schema.ts';

/** `attempt` of the first send. Before a later one, another send may have had an effect too. */
export const FIRST_SEND = 1;
/** Sends of one intent that may have had an effect: the first, and one more after read-backs that found nothing. */
export const MAX_SENDS = 2;
/** Absent read-backs that permit another send, each begun after the effect had time to show. */
export const ABSENT_READS_TO_RESEND = 2;
/** Read-backs by a worker until it gives up. The time between them doubles: together they span most of a day. */
const MAX_BACKGROUND_READS = 12;
const GIVE_UP_AFTER_MS = 24 * 3_600_000;
/** Read-backs for which a kind may leave open which of several effects is the intent's. */
const READS_TO_IDENTIFY = 3;
/** How many settling times after its second send an intent is read back once more, for a second effect. */
const VERIFY_AFTER_SETTLES = 12;

/**
 * Who follows an intent. `caller`: a request that waits for it. `watcher`: the worker for what requests left behind; it
 * reads back and never sends. `publisher`: the worker of a planned intent, which may send it and end it.
 */
export type Role = 'caller' | 'watcher' | 'publisher';

/** What to do now. `ms` is Infinity where only another can change anything. */
export type Decision =
  | { do: 'done' }
  | { do: 'wait'; ms: number }
  | { do: 'read_back' }
  | { do: 'send' }
  /** `certain`: it had no effect; else nobody will ever know. */
  | { do: 'give_up'; certain: boolean };

const DONE: Decision = { do: 'done' };
const SEND: Decision = { do: 'send' };
const READ_BACK: Decision = { do: 'read_back' };
const WAIT_FOR_OTHERS: Decision = { do: 'wait', ms: Number.POSITIVE_INFINITY };

/**
 * Decides from the row alone what `as` does about an intent now. Guards in SQL settle races between two who decided.
 */
export const decide = (intent: IntentRow, as: Role): Decision => {
  switch (intent.state) {
    case 'confirmed':
    case 'refused':
    case 'abandoned':
      if (as !== 'watcher' || !intent.verify) return DONE;
      return isTooLate(intent) ? { do: 'give_up', certain: false } : READ_BACK;
    case 'pending':
      return as === 'watcher' ? WAIT_FOR_OTHERS : notBefore(intent.retry_in_ms, SEND);
    case 'sending':
      return notBefore(intent.send_in_ms, READ_BACK);
    case 'unknown':
      if (as !== 'watcher' && intent.absent_reads >= ABSENT_READS_TO_RESEND) return afterAbsence(intent, as);
      if (as !== 'caller' && isTooLate(intent)) return { do: 'give_up', certain: false };
      return notBefore(intent.read_in_ms, READ_BACK);
  }
};

const notBefore = (ms: number | null, decision: Decision): Decision =>
  ms !== null && ms > 0 ? { do: 'wait', ms } : decision;

/** A request leaves the end to the watcher, which goes on reading back: an effect may show late. */
const afterAbsence = ({ resendable, attempt, retry_in_ms }: IntentRow, as: 'caller' | 'publisher'): Decision => {
  if (resendable && attempt < MAX_SENDS) return notBefore(retry_in_ms, SEND);
  return as === 'publisher' ? { do: 'give_up', certain: true } : WAIT_FOR_OTHERS;
};

/** One that was absent has a second one, soon after it: nobody gives up one look short of knowing. */
const isTooLate = ({ background_reads, absent_reads, first_attempt_age_ms }: IntentRow): boolean => {
  const isOneShort = absent_reads === ABSENT_READS_TO_RESEND - 1;
  const most = MAX_BACKGROUND_READS + (isOneShort ? 1 : 0);
  return background_reads >= most || first_attempt_age_ms >= GIVE_UP_AFTER_MS;
};

/** Whether it certainly had no effect: then it may end as refused. */
export const isAbsent = ({ state, absent_reads }: IntentRow): boolean =>
  state === 'unknown' && absent_reads >= ABSENT_READS_TO_RESEND;

/** Whether this read-back must settle which effect is the intent's. */
export const isLastToIdentify = ({ background_reads }: IntentRow): boolean => background_reads + 1 >= READS_TO_IDENTIFY;

/** How long after a worker's read-back the next is due, if it settles nothing. */
export const wakeAfterMs = ({ background_reads }: IntentRow, { settleMs }: IntentTiming): number =>
  3 * settleMs * 2 ** background_reads;

/**
 * How long a worker pauses after a read-back that settled nothing. The next one follows as soon as it can count, after
 * the first, which came too early to count, and after one that counted as absent.
 */
export const pauseAfterReadBackMs = (before: IntentRow, after: IntentRow, timing: IntentTiming): number =>
  after.background_reads <= 1 || after.absent_reads > before.absent_reads
    ? (after.read_in_ms ?? 0)
    : wakeAfterMs(before, timing);

/** Whether an earlier send may have had an effect too, which would be taken back. */
export const mayHaveSecond = ({ attempt }: IntentRow, { undo }: Pick<IntentKind, 'undo'>): boolean =>
  attempt > FIRST_SEND && undo !== undefined;

/** When to read a confirmed intent back once more, for a second effect; null: no need. */
export const verifyAfterMs = (
  intent: IntentRow,
  kind: Pick<IntentKind, 'undo'>,
  { settleMs }: IntentTiming,
): number | null => (mayHaveSecond(intent, kind) ? VERIFY_AFTER_SETTLES * settleMs : null);

/** Sends without a known effect. No more of the unclaimed effects are ours; a person made the others. */
export const sendsInVain = ({ attempt, state, second_effects }: IntentRow): number =>
  Math.max(0, attempt - (state === 'confirmed' ? 1 : 0) - second_effects.length);
