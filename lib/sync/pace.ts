import type { UsageReading } from '../accounts/usage.ts';
import { Pause } from '../wake-ups/interruption.ts';

/** From here on Instagram's usage figures (percent) slow background work down, and then stop it for a while. */
const SLOW_FROM = 75;
const STOP_FROM = 90;
const SLOWEST_MS = 2_000;
const PAUSE_SECONDS = 300;

/** How long to hold back before the next call, given how much of the rate limit is used. */
export const paceMs = (percent: number): number =>
  percent < SLOW_FROM ? 0 : Math.min(1, (percent - SLOW_FROM) / (STOP_FROM - SLOW_FROM)) * SLOWEST_MS;

/**
 * Holds back before further calls, as long as the rate limit advises and the turn's `deadline` allows.
 * @throws {Pause} for as long as Instagram states that it takes no calls, neither more nor less; and for a while of our own
 * choice when the limit is nearly reached: what is left of it is for people.
 */
export const keepPace = async (
  { percent, regainMinutes }: UsageReading,
  { deadline }: { deadline: number },
  { now, sleep }: { now: () => number; sleep: (ms: number) => Promise<void> },
): Promise<void> => {
  // What Instagram states holds for people too; our own restraint does not.
  if (regainMinutes > 0) throw new Pause(regainMinutes * 60, { reason: 'throttled' });
  if (percent >= STOP_FROM) throw new Pause(PAUSE_SECONDS, { reason: 'planned' });
  const pace = paceMs(percent);
  if (pace > 0) await sleep(Math.min(pace, Math.max(0, deadline - now())));
};
