import { type CommonQueryMethods, type FragmentSqlToken, sql } from 'slonik';
import { z } from 'zod';
import { timestampSchema } from '../contract.ts';

/**
 * Older reads never overwrite newer ones: a row keeps in `observed_at` when what it says was read from Instagram or written
 * there by us, and what was read before changes nothing. The database's clock decides.
 */

/** The database's time. What is read from Instagram after this call is of that time or later (`read_at`). */
export const databaseNow = (database: CommonQueryMethods): Promise<string> =>
  database.oneFirst(sql.type(z.strictObject({ now: timestampSchema }))`SELECT service_now() AS now`);

/** Gives the database's time, ISO 8601. */
export type ReadClock = () => Promise<string>;

/** For how long it is counted on from what the database said: two clocks drift apart by less than a millisecond meanwhile. */
const COUNTED_ON_MS = 10_000;

/**
 * The same for whoever reads page after page, without a round trip for each: counted on from when the database's answer
 * came, which makes it a little too early, never too late. `now` in `performance.now()` ms.
 */
export const createReadClock = (database: CommonQueryMethods, now: () => number): ReadClock => {
  let heard: { time: number; at: number } | undefined;
  return async () => {
    if (heard === undefined || now() - heard.at > COUNTED_ON_MS) {
      const time = Date.parse(await databaseNow(database)) - 1;
      heard = { time, at: now() };
    }
    return new Date(heard.time + Math.floor(now() - heard.at)).toISOString();
  };
};

/** True of a row that may be changed by what was read at `readAt`; null: by what we have just done ourselves, as any may. */
export const observedBefore = (readAt: string | null): FragmentSqlToken =>
  readAt === null ? sql.fragment`true` : sql.fragment`(observed_at IS NULL OR observed_at < ${readAt}::timestamptz)`;
