import { setTimeout as delay } from 'node:timers/promises';

/**
 * Whether this process is about to stop. Work that another process can continue then ends after its current step:
 * leases are given back, and waiting requests are answered. Only the local home stops like this; Lambda freezes
 * functions without notice.
 */
let stopping = new AbortController();

/** Asks all work in this process that can continue elsewhere to end. */
export const beginStopping = (): void => stopping.abort();

/** For a process that serves again after it stopped, as tests do. */
export const beginServing = (): void => {
  if (stopping.signal.aborted) stopping = new AbortController();
};

export const isStopping = (): boolean => stopping.signal.aborted;

/** Fires when the process begins to stop. */
export const stopSignal = (): AbortSignal => stopping.signal;

/** Sleeps; returns early, without failing, when the process begins to stop. */
export const sleepUnlessStopping = (ms: number): Promise<void> =>
  delay(ms, undefined, { signal: stopping.signal }).catch(() => undefined); // the caller asks `isStopping`

/** Resolves when `waiting` does, or before, when the process begins to stop: the caller asks `isStopping`. */
export const orStopping = async (waiting: Promise<void>): Promise<void> => {
  const { signal } = stopping;
  if (signal.aborted) return;
  let stop: () => void = () => undefined;
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  signal.addEventListener('abort', stop, { once: true });
  try {
    await Promise.race([waiting, stopped]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
};
