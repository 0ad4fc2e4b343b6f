import type { Failure } from '../failure.ts';

/** Looks in the background until an intent whose outcome is not known is given up. */
export const LOOKS_AT_MOST = 12;
export const GIVEN_UP_AFTER_MS = 24 * 3_600_000;

/** What is told of an intent that was given up. */
export const NEVER_KNOWN: Failure = {
  code: 'outcome_unknown',
  detail: 'Whether Instagram did it could not be established, and will not be any more',
  instagram: null,
};

/** Twelve looks, each twice as long after the last, reach over most of a day. */
export const wakeAfterMs = (looks: number, settleMs: number) => 3 * settleMs * 2 ** looks;
