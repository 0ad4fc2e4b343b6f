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
 * @throws {Pause} when the limit is nearly reached: what is left of it is for people.
 */
export const keepPace = async (
  { percent, regainMinutes }: UsageReading,
  { deadline }: { deadline: number },
  { now, sleep }: { now: () => number; sleep: (ms: number) => Promise<void> },
): Promise<void> => {
  if (percent >= STOP_FROM) {
    // Our own restraint, unless Instagram itself says until when: only that holds for people too.
    const reason = regainMinutes > 0 ? 'throttled' : 'planned';
    throw new Pause(Math.max(PAUSE_SECONDS, regainMinutes * 60), { reason });
  }
  const pace = paceMs(percent);
  if (pace > 0) await sleep(Math.min(pace, Math.max(0, deadline - now())));
};
