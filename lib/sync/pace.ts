import type { UsageReading } from '../accounts/usage.ts';
import { Pause } from '../wake-ups/interruption.ts';

/** Instagram's usage figures, in percent, from which background work slows down, and from which it pauses. */
const SLOW_FROM_PERCENT = 75;
const STOP_FROM_PERCENT = 90;
const MAX_DELAY_MS = 2_000;
const PAUSE_SECONDS = 300;

/** Milliseconds to wait before the next call, when so much of the rate limit is used. */
export const paceMs = (percent: number): number =>
  percent < SLOW_FROM_PERCENT
    ? 0
    : Math.min(1, (percent - SLOW_FROM_PERCENT) / (STOP_FROM_PERCENT - SLOW_FROM_PERCENT)) * MAX_DELAY_MS;

/**
 * Waits before further calls: longer the more of the rate limit is used, but not beyond the turn's `deadline`.
 * @throws {Pause} for exactly as long as Instagram states that it accepts no calls; and for a time of our own choice when
 * the limit is nearly reached, because the rest of it is for people's requests.
 */
export const keepPace = async (
  { percent, regainMinutes }: UsageReading,
  { deadline }: { deadline: number },
  { now, sleep }: { now: () => number; sleep: (ms: number) => Promise<void> },
): Promise<void> => {
  // `throttled` holds people's requests back too; `planned` does not.
  if (regainMinutes > 0) throw new Pause(regainMinutes * 60, { reason: 'throttled' });
  if (percent >= STOP_FROM_PERCENT) throw new Pause(PAUSE_SECONDS, { reason: 'planned' });
  const pace = paceMs(percent);
  if (pace > 0) await sleep(Math.min(pace, Math.max(0, deadline - now())));
};
