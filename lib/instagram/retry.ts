import { setTimeout as delay } from 'node:timers/promises';
import { isStopping } from '../stopping.ts';
import { InstagramError } from './errors.ts';
import type { CallOptions } from './exchange.ts';

const MAX_TRIES = 4;
/** A call that was too slow twice will be too slow again: the caller may ask for less instead. */
const MAX_TIMEOUTS = 2;
const FIRST_DELAY_MS = 300;
const GROWTH = 3; // 0.3 s, 0.9 s, 2.7 s: long enough for a restart of a server, and within a step of 20 s
const MAX_DELAY_MS = 20_000; // no step lasts longer

/**
 * Milliseconds to wait after failed attempt number `attempt` of a read, or `stop`. Only transient failures are repeated, in 4
 * attempts at most. The delay is random (`random` in 0..1) between half and all of a growing bound, and never shorter than
 * Instagram asks for. A throttled call is not repeated here: every further call makes the throttling longer.
 */
export const retryDelay = (error: unknown, attempt: number, random: () => number): number | 'stop' => {
  if (!(error instanceof InstagramError) || error.retry !== 'soon' || attempt >= MAX_TRIES) return 'stop';
  const bound = FIRST_DELAY_MS * GROWTH ** (attempt - 1);
  const delayMs = Math.max(bound * (0.5 + random() / 2), (error.retryAfterSeconds ?? 0) * 1_000);
  return delayMs > MAX_DELAY_MS ? 'stop' : delayMs;
};

/** Waits. When `signal` fires it returns early, and does not fail. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

export const sleep: Sleep = (ms, signal) => delay(ms, undefined, signal ? { signal } : {}).catch(() => undefined); // cut short: the caller sees the signal itself

/**
 * Repeats a read until it succeeds, has timed out twice, or `retryDelay` says stop. Does not begin a delay that would end
 * after the deadline.
 */
export const withRetries = async <Value>(
  read: () => Promise<Value>,
  { deadline = Number.POSITIVE_INFINITY, signal }: CallOptions,
  { random, sleep: pause, now }: { random: () => number; sleep: Sleep; now: () => number },
): Promise<Value> => {
  let timeouts = 0;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await read();
    } catch (error) {
      if (error instanceof InstagramError && error.failure === 'timeout') timeouts += 1;
      if (timeouts >= MAX_TIMEOUTS) throw error;
      const delayMs = retryDelay(error, attempt, random);
      if (delayMs === 'stop' || now() + delayMs >= deadline || isStopping()) throw error;
      await pause(delayMs, signal);
    }
  }
};
