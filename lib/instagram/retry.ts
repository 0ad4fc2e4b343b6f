import { setTimeout as delay } from 'node:timers/promises';
import { isStopping } from '../stopping.ts';
import { InstagramError } from './errors.ts';
import type { CallOptions } from './exchange.ts';

const MAX_TRIES = 4;
/** What took too long twice takes too long: who asked may ask for less. */
const MAX_TIMEOUTS = 2;
const FIRST_DELAY_MS = 300;
const GROWTH = 3; // 0.3 s, 0.9 s, 2.7 s: a restart of theirs passes, a step of 20 s still has room
const LONGEST_DELAY_MS = 20_000; // no step lasts longer

/**
 * How long to wait after failed try number `attempt` of a read, or to stop: transient failures only, up to 4 tries, the
 * delay between half and all of a growing bound (`random` in 0..1), never less than Instagram asks for. Throttling is
 * never waited out in place: calling on prolongs it.
 */
export const retryDelay = (error: unknown, attempt: number, random: () => number): number | 'stop' => {
  if (!(error instanceof InstagramError) || error.retry !== 'soon' || attempt >= MAX_TRIES) return 'stop';
  const bound = FIRST_DELAY_MS * GROWTH ** (attempt - 1);
  const delayMs = Math.max(bound * (0.5 + random() / 2), (error.retryAfterSeconds ?? 0) * 1_000);
  return delayMs > LONGEST_DELAY_MS ? 'stop' : delayMs;
};

/** Waits; returns early, without failing, when `signal` fires. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

export const sleep: Sleep = (ms, signal) => delay(ms, undefined, signal ? { signal } : {}).catch(() => undefined); // cut short: who goes on sees the signal itself

/**
 * Makes a read until it succeeds, has timed out twice, or `retryDelay` says stop; a delay that would outlast the deadline
 * is not begun.
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
