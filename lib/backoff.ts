/** Pauses that double: from `first` up to `max`, in the unit that both have. */
export interface Backoff {
  first: number;
  max: number;
}

/** The pause that comes after this number of earlier ones. */
export const pauseAfter = (earlier: number, { first, max }: Backoff): number => Math.min(first * 2 ** earlier, max);

/** Gives one pause after the other. */
export const createPauses = (backoff: Backoff): (() => number) => {
  let earlier = 0;
  return () => {
    earlier += 1;
    return pauseAfter(earlier - 1, backoff);
  };
};

/**
 * Gives a function that sleeps for the next pause, and then says true; false at once where `deadline` would come first.
 * All in `performance.now()` milliseconds.
 */
export const createWait = (
  backoff: Backoff,
  { now, sleep }: { now: () => number; sleep: (ms: number) => Promise<void> },
): ((deadline: number) => Promise<boolean>) => {
  const nextPause = createPauses(backoff);
  return async (deadline) => {
    const pause = nextPause();
    if (now() + pause >= deadline) return false;
    await sleep(pause);
    return true;
  };
};
