import { type CommonQueryMethods, type FragmentSqlToken, sql } from 'slonik';
import { z } from 'zod';
import { timestampSchema } from '../contract.ts';

/**
 * Older reads never overwrite newer ones: `observed_at` says when a row's values were read from Instagram, or written
 * there by us. A read from before that changes nothing. The database's clock decides.
 */

/** The database's time, to be asked before a read from Instagram: it is the `read_at` of whatever that brings. */
export const databaseNow = (database: CommonQueryMethods): Promise<string> =>
  database.oneFirst(sql.type(z.strictObject({ now: timestampSchema }))`SELECT service_now() AS now`);

/** Gives the database's time, ISO 8601. */
export type ReadClock = () => Promise<string>;

/**
 * How long the database's time is continued by our own clock: in this time, two clocks drift apart by less than a
 * millisecond.
 */
const CONTINUED_MS = 10_000;

/**
 * The same without a round trip for each of many pages: our own clock continues the database's time from when the
 * answer came. That makes it a little too early, never too late. `now` in `performance.now()` ms.
 */
export const createReadClock = (database: CommonQueryMethods, now: () => number): ReadClock => {
  let heard: { time: number; at: number } | undefined;
  return async () => {
    if (heard === undefined || now() - heard.at > CONTINUED_MS) {
      const time = Date.parse(await databaseNow(database)) - 1;
      heard = { time, at: now() };
    }
    return new Date(heard.time + Math.floor(now() - heard.at)).toISOString();
  };
};

/** True of a row that a read at `readAt` may change; null: we have just written it on Instagram, and may change any. */
export const observedBefore = (readAt: string | null): FragmentSqlToken =>
  readAt === null ? sql.fragment`true` : sql.fragment`(observed_at IS NULL OR observed_at < ${readAt}::timestamptz)`;
