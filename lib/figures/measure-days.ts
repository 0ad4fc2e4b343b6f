import type { Logger } from '@aws-lambda-powertools/logger';
import type { ConnectInstagram } from '../accounts/connect-instagram.ts';
import { ServiceError } from '../errors.ts';
import type { AccountCounts } from '../instagram/resources/account.ts';
import { errorFields } from '../logger.ts';
import { shiftDay, toDay } from './days.ts';
import type { FiguresRepository } from './repository.ts';

const DAY_SECONDS = 24 * 60 * 60;
/** Days that were missed are asked for so far back: Instagram tells of them later, too, but not of their followers. */
const FILLED_DAYS = 28;
/** So many in one turn; the next turn follows soon. */
const MAX_DAYS = 7;
const NEXT_TURN_SECONDS = 10 * 60;
/** Of a day, figures are whole some hours after its end. */
const SETTLED_AT_SECONDS = 2 * 60 * 60;

type Options = { deadline: number };

interface Deps {
  figures: Pick<FiguresRepository, 'store' | 'listMissing'>;
  connectInstagram: ConnectInstagram;
  /** The account's figures of one day. @throws {ServiceError} where Instagram does not give them. */
  measure: (accountId: number, day: string, options: Options) => Promise<{ metrics: Readonly<Record<string, number>> }>;
  /** Stores what the account shows of itself now. */
  storeCounts: (accountId: number, counts: AccountCounts) => Promise<void>;
  logger: Pick<Logger, 'warn'>;
  /** Milliseconds since 1970. */
  now: () => number;
}

const known = (values: Readonly<Record<string, number | null>>): Record<string, number> =>
  Object.fromEntries(Object.entries(values).flatMap(([name, value]) => (value === null ? [] : [[name, value]])));

/**
 * Stores an account's figures of the last whole day of UTC, and of days that were missed. Its followers are those of now, so
 * they count for the last day only. Gives the seconds until the next day is over, or until more missed days are asked for. May be
 * repeated: a day is one row.
 * @throws {InstagramError} with every day before stored.
 */
export const createMeasureDays = ({ figures, connectInstagram, measure, storeCounts, logger, now }: Deps) => {
  const untilNextDay = (): number => {
    const seconds = now() / 1_000;
    return DAY_SECONDS - (seconds % DAY_SECONDS) + SETTLED_AT_SECONDS;
  };

  return async (accountId: number, step: () => Options): Promise<number> => {
    const missing = await figures.listMissing(accountId, FILLED_DAYS);
    if (missing.length === 0) return untilNextDay();
    const yesterday = shiftDay(toDay(now()), -1);
    for (const day of missing.slice(0, MAX_DAYS)) {
      if (day === yesterday) {
        const { account, client } = await connectInstagram(accountId);
        const counts = await client.account.getCounts(account.instagram_id, step());
        const { followers_count: followers, follows_count: follows, media_count: media } = counts;
        await storeCounts(accountId, counts);
        await figures.store(accountId, day, known({ followers, follows, media }), { measured: false });
      }
      try {
        const { metrics } = await measure(accountId, day, step());
        await figures.store(accountId, day, metrics, { measured: true });
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        const fields = { event: 'day_not_measured', account_id: accountId, day, error: errorFields(error) };
        logger.warn('the figures of a day were not read', fields);
        if (error.code !== 'instagram_rejected') return untilNextDay(); // the days before would fail for the same reason
        await figures.store(accountId, day, {}, { measured: true }); // it would keep older days from being asked for
      }
    }
    return missing.length > MAX_DAYS ? NEXT_TURN_SECONDS : untilNextDay();
  };
};
