import { ServiceError } from '../errors.ts';
import { MAX_SERIES_DAYS } from './contract.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
const DEFAULT_DAYS = 30;
const toDay = (time: number): string => new Date(time).toISOString().slice(0, 10);

/**
 * The days a caller asks for, both ends included. `now`: milliseconds since 1970.
 * @throws {ServiceError} `validation_failed`: they end before they begin, or are more than 400.
 */
export const toDays = (
  { since: first, until: last }: { since?: string | undefined; until?: string | undefined },
  now: number,
): { since: string; until: string } => {
  const until = last ?? toDay(now - DAY_MS);
  const since = first ?? toDay(Date.parse(until) - (DEFAULT_DAYS - 1) * DAY_MS);
  const days = (Date.parse(until) - Date.parse(since)) / DAY_MS + 1;
  const wrong = (message: string) =>
    new ServiceError('validation_failed', 'The request is not valid: see errors', {
      errors: [{ path: 'since', message }],
    });
  if (days < 1) throw wrong('must not be after until');
  if (days > MAX_SERIES_DAYS) throw wrong(`must be at most ${MAX_SERIES_DAYS} days before until`);
  return { since, until };
};
