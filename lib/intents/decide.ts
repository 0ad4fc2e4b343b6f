import type { IntentRow, IntentTiming } from './schema.ts';

/** A later one follows a send that may have had an effect, too. */
export const FIRST_SEND = 1;
/** Sends of one intent that may have had an effect: the first, and one more after read-backs that found nothing. */
export const MAX_SENDS = 2;
/** So many read-backs that found nothing, begun after the effect had time to show, permit another send. */
export const ABSENT_READS_TO_RESEND = 2;
/** Read-backs by a worker until it gives up. Each comes twice as long after the last: together they span most of a day. */
const MAX_BACKGROUND_READS = 12;
const GIVE_UP_AFTER_MS = 24 * 3_600_000;
/** Read-backs within which a kind may still hope to learn which of several effects is the intent's. */
const READS_TO_IDENTIFY = 3;
/** How many settling times after its second send an intent is read back once more, for a second effect. */
const VERIFY_AFTER_SETTLES = 12;

/**
 * Who follows an intent. `caller`: a request that waits for it. `watcher`: the worker of what requests left behind; it reads
 * back and never sends. `publisher`: the worker of a planned intent, which may send it and end it.
 */
export type Role = 'caller' | 'watcher' | 'publisher';

/** What to do now. `ms` is Infinity where only somebody else can bring anything new. */
export type Decision =
  | { do: 'done' }
  | { do: 'wait'; ms: number }
  | { do: 'read_back' }
  | { do: 'send' }
  /** `certain`: nothing came of it; else nobody will ever know. */
  | { do: 'give_up'; certain: boolean };

const DONE: Decision = { do: 'done' };
const SEND: Decision = { do: 'send' };
const READ_BACK: Decision = { do: 'read_back' };
const WAIT_FOR_OTHERS: Decision = { do: 'wait', ms: Number.POSITIVE_INFINITY };

/** Decides from the row alone what `as` is to do about an intent now. The SQL guards settle races between two who decided. */
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

const isTooLate = ({ background_reads, first_attempt_age_ms }: IntentRow): boolean =>
  background_reads >= MAX_BACKGROUND_READS || first_attempt_age_ms >= GIVE_UP_AFTER_MS;

/** Whether nothing came of it for certain: it may be ended as refused. */
export const isAbsent = ({ state, absent_reads }: IntentRow): boolean =>
  state === 'unknown' && absent_reads >= ABSENT_READS_TO_RESEND;

/** Whether this read-back is the last that may wait for others to show which effect is the intent's. */
export const isLastToIdentify = ({ background_reads }: IntentRow): boolean => background_reads + 1 >= READS_TO_IDENTIFY;

/** How long after a worker's read-back the next is due, if it settles nothing. */
export const wakeAfterMs = ({ background_reads }: IntentRow, { settleMs }: IntentTiming): number =>
  3 * settleMs * 2 ** background_reads;

/**
 * How long a worker rests after a read-back that settled nothing. The first comes before anything is due to show, and one
 * that counts as absent asks for another to confirm it: then the next follows as soon as it may count.
 */
export const pauseAfterReadBackMs = (before: IntentRow, after: IntentRow, timing: IntentTiming): number =>
  after.background_reads <= 1 || after.absent_reads > before.absent_reads
    ? (after.read_in_ms ?? 0)
    : wakeAfterMs(before, timing);

/** When to read a confirmed intent back once more, because an earlier send may have had an effect too; null: no need. */
export const verifyAfterMs = ({ attempt }: IntentRow, { settleMs }: IntentTiming): number | null =>
  attempt > FIRST_SEND ? VERIFY_AFTER_SETTLES * settleMs : null;

/** Sends that brought no known effect. So many of what is found may be ours too; whatever else is there, a person posted. */
export const sendsInVain = ({ attempt, state, second_effects }: IntentRow): number =>
  Math.max(0, attempt - (state === 'confirmed' ? 1 : 0) - second_effects.length);
