import { isStopping } from '../stopping.ts';
import type { Advance } from './advance.ts';
import type { WorkKey } from './turn.ts';

const POLL_FIRST_MS = 250;
const POLL_LONGEST_MS = 2_000;

/**
 * Works at a row on behalf of a request that waits for its end, until that or `deadline` (`performance.now()` ms) comes,
 * or the process is about to stop; then it goes on without the request. Whoever holds the row works at it; while nobody does, this request may.
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
    for (let pause = POLL_FIRST_MS; ; pause = Math.min(2 * pause, POLL_LONGEST_MS)) {
      const outcome = await advance(key, deadline);
      row = (await find(key)) ?? row;
      if (isOver(row) || outcome === 'handed_over' || isStopping()) return row;
      const restMs = row.resumes_in_ms ?? 0;
      // Where it rests for a moment, it can be gone on with right after that.
      const pauseMs = restMs > 0 && restMs < POLL_LONGEST_MS ? restMs : pause;
      if (Math.max(restMs, pauseMs) >= deadline - now()) return row;
      await sleep(pauseMs);
    }
  };
