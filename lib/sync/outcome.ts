import { ServiceError } from '../errors.ts';
import { type Failure, toFailure } from '../failure.ts';
import { InstagramError, toServiceError } from '../instagram/errors.ts';
import { CancelRequested, LeaseLost, OutOfTime } from './turn.ts';

/** Instagram's budget for this account is nearly used up: no call before `seconds` have passed. */
export class Pause extends Error {
  override readonly name = 'Pause';
  readonly seconds: number;

  constructor(seconds: number) {
    super(`pause for ${seconds} s`);
    this.seconds = seconds;
  }
}

/** What becomes of a turn that was interrupted. */
export type Interruption =
  | { kind: 'lost' }
  | { kind: 'cancelled' }
  | { kind: 'handed_over' }
  | { kind: 'wait'; seconds: number; throttled: boolean; error: Failure | null }
  | { kind: 'failed'; error: Failure; tokenDead: boolean }
  | { kind: 'bug' };

const THROTTLE_FIRST_SECONDS = 300;
const THROTTLE_LONGEST_SECONDS = 3_600;
const BACKOFF_FIRST_SECONDS = 2;
const BACKOFF_LONGEST_SECONDS = 60;

/** 5 minutes growing to 60, as Instagram's own hint is often missing. */
export const throttleSeconds = (hint: number | null, throttles: number): number =>
  hint ?? Math.min(THROTTLE_FIRST_SECONDS * 2 ** throttles, THROTTLE_LONGEST_SECONDS);

/** Between half and all of 2 s doubling to 60 s: runs that failed together do not come back together. */
export const backoffSeconds = (attempts: number, random: () => number): number =>
  Math.min(BACKOFF_FIRST_SECONDS * 2 ** Math.max(0, attempts - 1), BACKOFF_LONGEST_SECONDS) * (0.5 + random() / 2);

/** Reads an error thrown by a phase as what to do about the run. `outOfTime`: the turn's deadline has passed. */
export const interruptionOf = (
  error: unknown,
  {
    attempts,
    throttles,
    outOfTime,
    random,
  }: { attempts: number; throttles: number; outOfTime: boolean; random: () => number },
): Interruption => {
  if (error instanceof LeaseLost) return { kind: 'lost' };
  if (error instanceof CancelRequested) return { kind: 'cancelled' };
  if (error instanceof OutOfTime) return { kind: 'handed_over' };
  if (error instanceof Pause) return { kind: 'wait', seconds: error.seconds, throttled: true, error: null };
  if (error instanceof InstagramError) {
    const failure = toFailure(toServiceError(error));
    switch (error.kind) {
      case 'throttled':
      case 'blocked':
        return {
          kind: 'wait',
          seconds: throttleSeconds(error.retryAfterSeconds, throttles),
          throttled: true,
          error: failure,
        };
      case 'transient':
        // A call cut short by the end of the turn says nothing about Instagram.
        if (outOfTime) return { kind: 'handed_over' };
        return { kind: 'wait', seconds: backoffSeconds(attempts, random), throttled: false, error: failure };
      default:
        return { kind: 'failed', error: failure, tokenDead: error.kind === 'token' };
    }
  }
  if (error instanceof ServiceError) return { kind: 'failed', error: toFailure(error), tokenDead: false };
  return { kind: 'bug' };
};
