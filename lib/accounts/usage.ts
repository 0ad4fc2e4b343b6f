import type { CommonQueryMethods } from 'slonik';
import { createUsageRepository } from './usage-repository.ts';

/** What Instagram's usage headers said last; the client updates it. */
export interface UsageReading {
  /** The greatest figure of any header, in percent of the limit. */
  percent: number;
  /** The longest stated time until access is regained, in minutes; 0 when none. */
  regainMinutes: number;
  /** The figure that is stored, so that an unchanged one costs no write. */
  recorded: number | null;
}

/** No figure yet. */
export const noUsage = (): UsageReading => ({ percent: 0, regainMinutes: 0, recorded: null });

/** Stores the figure where it changed. */
export const recordUsage = async (
  connection: CommonQueryMethods,
  accountId: number,
  usage: UsageReading,
): Promise<void> => {
  if (usage.recorded === usage.percent) return;
  await createUsageRepository(connection).observe(accountId, usage.percent);
  usage.recorded = usage.percent;
};

/** Nothing may be sent for this account for `seconds`. What Instagram has stated holds, whatever we guessed before or since. */
export const recordThrottle = (
  connection: CommonQueryMethods,
  accountId: number,
  seconds: number,
  { stated }: { stated: boolean },
) => createUsageRepository(connection).throttle(accountId, seconds, { stated });

/** Seconds until calls may be made again; 0 when they may be made now. */
export const throttledForSeconds = (connection: CommonQueryMethods, accountId: number) =>
  createUsageRepository(connection).throttledForSeconds(accountId);
