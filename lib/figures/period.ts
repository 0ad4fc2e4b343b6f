import { invalidRequest } from '../errors.ts';
import { MAX_SERIES_DAYS } from './contract.ts';
import { daysBetween, shiftDay, toDay } from './days.ts';

const DEFAULT_DAYS = 30;

/**
 * The days a caller asks for, both ends included. `now`: milliseconds since 1970.
 * @throws {ServiceError} `validation_failed`: they end before they begin, or are more than 400.
 */
export const toDays = (
  { since: first, until: last }: { since?: string | undefined; until?: string | undefined },
  now: number,
): { since: string; until: string } => {
  const until = last ?? shiftDay(toDay(now), -1);
  const since = first ?? shiftDay(until, 1 - DEFAULT_DAYS);
  const days = daysBetween(since, until) + 1;
  const wrong = (message: string) => invalidRequest([{ path: 'since', message }]);
  if (days < 1) throw wrong('must not be after until');
  if (days > MAX_SERIES_DAYS) throw wrong(`must be at most ${MAX_SERIES_DAYS} days before until`);
  return { since, until };
};
