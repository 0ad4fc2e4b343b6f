import { type Backoff, pauseAfter } from '../backoff.ts';
import { ServiceError } from '../errors.ts';
import { type Failure, toFailure } from '../failure.ts';
import { InstagramError, toServiceError } from '../instagram/errors.ts';
import { CancelRequested, type Delay, LeaseLost, OutOfTime } from './turn.ts';

/** Ends a turn: the work goes on after `seconds`, when Instagram takes calls again or has got further. */
export class Pause extends Error {
  override readonly name = 'Pause';
  readonly seconds: number;
  readonly reason: Delay['reason'];
  readonly error: Failure | null;

  constructor(seconds: number, { reason, error = null }: { reason: Delay['reason']; error?: Failure | null }) {
    super(`pause for ${seconds} s`);
    this.seconds = seconds;
    this.reason = reason;
    this.error = error;
  }
}

/** How an interrupted turn ends. */
export type Interruption =
  | { kind: 'lost' }
  | { kind: 'cancelled' }
  | { kind: 'handed_over' }
  | { kind: 'wait'; seconds: number; reason: Delay['reason']; error: Failure | null }
  | { kind: 'failed'; error: Failure }
  | { kind: 'bug' };

const THROTTLE_SECONDS: Backoff = { first: 300, max: 3_600 };
const FAULT_SECONDS: Backoff = { first: 2, max: 60 };

/** Instagram's own hint or, as that is often missing, 5 minutes doubling to 60. */
export const throttleSeconds = (hint: number | null, throttles: number): number =>
  hint ?? pauseAfter(throttles, THROTTLE_SECONDS);

/** 2 s doubling to 60 s, times 0.5 to 1 at random: work that failed together must not come back together. */
export const backoffSeconds = (attempts: number, random: () => number): number =>
  pauseAfter(Math.max(0, attempts - 1), FAULT_SECONDS) * (0.5 + random() / 2);

/**
 * What decides how a turn ends, besides the error. `outOfTime`: the turn's deadline has passed, or the process is about
 * to stop.
 */
export interface InterruptedTurn {
  attempts: number;
  throttles: number;
  outOfTime: boolean;
  random: () => number;
}

/** Decides from an error that a turn threw what happens to its row. */
export const interruptionOf = (
  error: unknown,
  { attempts, throttles, outOfTime, random }: InterruptedTurn,
): Interruption => {
  if (error instanceof LeaseLost) return { kind: 'lost' };
  if (error instanceof CancelRequested) return { kind: 'cancelled' };
  if (error instanceof OutOfTime) return { kind: 'handed_over' };
  if (error instanceof Pause) {
    return { kind: 'wait', seconds: error.seconds, reason: error.reason, error: error.error };
  }
  if (error instanceof InstagramError) {
    const failure = toFailure(toServiceError(error));
    switch (error.kind) {
      case 'throttled':
      case 'blocked':
        return {
          kind: 'wait',
          seconds: throttleSeconds(error.retryAfterSeconds, throttles),
          reason: 'throttled',
          error: failure,
        };
      case 'transient':
        // A call cut short by the end of the turn says nothing about Instagram.
        if (outOfTime) return { kind: 'handed_over' };
        return {
          kind: 'wait',
          seconds: error.retryAfterSeconds ?? backoffSeconds(attempts, random),
          reason: 'fault',
          error: failure,
        };
      default:
        return { kind: 'failed', error: failure };
    }
  }
  if (error instanceof ServiceError) return { kind: 'failed', error: toFailure(error) };
  return { kind: 'bug' };
};
