import { type Backoff, createPauses } from '../backoff.ts';
import { isStopping, orStopping } from '../stopping.ts';
import type { Advance } from './advance.ts';
import type { WorkKey } from './turn.ts';

const POLL_MS: Backoff = { first: 250, max: 2_000 };

/**
 * Works at a row for a request that waits for its end. Gives the row when it has ended, at `deadline`
 * (`performance.now()` ms), or when the process is about to stop; after that, workers go on. While another has the
 * lease, it only waits.
 */
export const createWaitForEnd =
  <Row extends WorkKey & { resumes_in_ms: number | null }>({
    find,
    isOver,
    advance,
    now,
    sleep,
  }: {
    find: (key: WorkKey) => Promise<Row | null>;
    isOver: (row: Row) => boolean;
    advance: Advance;
    now: () => number;
    sleep: (ms: number) => Promise<void>;
  }) =>
  async (started: Row, deadline: number): Promise<Row> => {
    const key = { account_id: started.account_id, id: started.id };
    let row = started;
    const nextPause = createPauses(POLL_MS);
    for (;;) {
      const outcome = await advance(key, deadline);
      row = (await find(key)) ?? row;
      if (isOver(row) || outcome === 'handed_over' || isStopping()) return row;
      const pauseMs = nextPause();
      const resumesInMs = row.resumes_in_ms ?? 0;
      // After a short pause of the row, this request works at it again at once.
      const sleepMs = resumesInMs > 0 && resumesInMs < POLL_MS.max ? resumesInMs : pauseMs;
      if (Math.max(resumesInMs, sleepMs) >= deadline - now()) return row;
      await orStopping(sleep(sleepMs));
      if (isStopping()) return row;
    }
  };
