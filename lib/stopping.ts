import { setTimeout as delay } from 'node:timers/promises';

/**
 * Whether this process is about to stop. Whoever works on something that can go on elsewhere ends with its step: leases are
 * given back, and requests that wait are answered. Only a local home stops so; Lambda freezes functions, and tells nobody.
 */
let stopping = new AbortController();

/** Asks everything in this process that can go on elsewhere to end. */
export const beginStopping = (): void => stopping.abort();

/** For a process that serves again after it stopped, as tests do. */
export const beginServing = (): void => {
  if (stopping.signal.aborted) stopping = new AbortController();
};

export const isStopping = (): boolean => stopping.signal.aborted;

/** Fires when the process begins to stop. */
export const stopSignal = (): AbortSignal => stopping.signal;

/** Waits; returns early, without failing, when the process begins to stop. */
export const sleepUnlessStopping = (ms: number): Promise<void> =>
  delay(ms, undefined, { signal: stopping.signal }).catch(() => undefined); // who goes on asks `isStopping`
