/** At most `size` holders at a time; the others wait their turn. */
export interface Slots {
  /** Resolves to the function that gives the slot back; rejects with `refusal()` after `waitMs` in the queue. */
  take: () => Promise<() => void>;
}

/** A queue with a bound on the time spent in it: slonik's pool lets a client wait for a connection for ever. */
export const createSlots = (size: number, waitMs: number, refusal: () => Error): Slots => {
  let free = size;
  const queue = new Set<() => void>();

  const give = (): void => {
    const [first] = queue;
    if (first === undefined) free += 1;
    else first();
  };
  const once = (): (() => void) => {
    let held = true;
    return () => {
      if (held) give();
      held = false;
    };
  };
  return {
    take: () => {
      if (free > 0) {
        free -= 1;
        return Promise.resolve(once());
      }
      return new Promise((resolve, reject) => {
        const enter = () => {
          clearTimeout(timer);
          queue.delete(enter);
          resolve(once());
        };
        const timer = setTimeout(() => {
          queue.delete(enter);
          reject(refusal());
        }, waitMs);
        queue.add(enter);
      });
    },
  };
};
