import type { VirtualTime } from './virtual-time.ts';

/** How much longer than it is told to a client waits for the answer. */
const COURTESY_MS = 2_000;

/**
 * A client that tries until it is answered. It hangs up on a process that does not answer in time, which may go on all the
 * same while the next try is made.
 */
export const persist = async <Try extends { pauseMs: number; patienceMs: number }>(
  time: VirtualTime,
  tries: readonly Try[],
  tryOnce: (one: Try) => Promise<'answered' | 'open'>,
): Promise<void> => {
  const begun: Promise<unknown>[] = [];
  for (const one of tries) {
    const told = tryOnce(one);
    begun.push(told);
    const hungUp = time.sleep(one.pauseMs + one.patienceMs + COURTESY_MS).then(() => 'open' as const);
    if ((await Promise.race([told, hungUp])) === 'answered') break;
  }
  await Promise.all(begun);
};
