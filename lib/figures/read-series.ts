import { shiftDay } from './days.ts';
import type { FiguresRepository } from './repository.ts';
import { type AccountSeries, GROWTH } from './schema.ts';

/** The stored figures of each day of a period, for these metrics. A day without a value has null, never zero. */
export const createReadSeries =
  ({ figures }: { figures: Pick<FiguresRepository, 'list'> }) =>
  async (
    accountId: number,
    { metrics, since, until }: { metrics: readonly string[]; since: string; until: string },
  ): Promise<AccountSeries> => {
    // The day before the first one is read, too: growth is told by two days.
    const [first, ...days] = await figures.list(accountId, { since: shiftDay(since, -1), until });
    let followers = first?.metrics?.followers ?? null;
    return {
      account_id: accountId,
      since,
      until,
      days: days.map(({ day, metrics: stored }) => {
        const today = stored?.followers ?? null;
        const growth = today === null || followers === null ? null : today - followers;
        followers = today;
        const read = (name: string) => (name === GROWTH ? growth : (stored?.[name] ?? null));
        return { day, values: Object.fromEntries(metrics.map((name) => [name, read(name)])) };
      }),
    };
  };

/** The same as a table: a line a day, a column a metric, an empty field where there is no value (RFC 4180). */
export const toCsv = ({ days }: AccountSeries, metrics: readonly string[]): string =>
  [['day', ...metrics], ...days.map(({ day, values }) => [day, ...metrics.map((name) => values[name] ?? '')])]
    .map((fields) => `${fields.join(',')}\r\n`)
    .join('');
