import type { AskInstagram } from '../accounts/ask-instagram.ts';
import { ServiceError } from '../errors.ts';
import type { PeriodValues } from '../instagram/resources/insights.ts';
import { isSummable } from './catalogue.ts';
import type { Measure } from './measure.ts';
import type { InsightsQuery } from './media-insights.ts';
import type { InsightsRepository } from './repository.ts';
import type { AccountInsights } from './schema.ts';

const DAY_SECONDS = 24 * 60 * 60;
/** Instagram refuses longer periods. */
const MAX_DAYS = 30;
/** Instagram keeps figures for two years. */
const KEPT_DAYS = 2 * 365;

/** Unix seconds. */
interface Period {
  since: number;
  until: number;
}

const toTimestamp = (seconds: number) => new Date(seconds * 1_000).toISOString().replace('.000Z', 'Z');
const toSeconds = (timestamp: string) => Math.floor(Date.parse(timestamp) / 1_000);

/**
 * The period a caller asks for. By default the last complete UTC day, because of today Instagram would count only a part.
 * @throws {ServiceError} `validation_failed` when the period is empty, longer than 30 days, not over yet, or older than
 * Instagram keeps figures.
 */
export const toPeriod = (
  { since: given, until: end }: { since?: string | undefined; until?: string | undefined },
  now: number,
): Period => {
  const today = Math.floor(now / 1_000);
  const until = end === undefined ? today - (today % DAY_SECONDS) : toSeconds(end);
  const since = given === undefined ? until - DAY_SECONDS : toSeconds(given);
  const wrong = (path: string, message: string) =>
    new ServiceError('validation_failed', 'The period is not valid: see errors', { errors: [{ path, message }] });
  if (until > today) throw wrong('until', 'must not be in the future: a day counts to its end');
  if (until <= today - KEPT_DAYS * DAY_SECONDS)
    throw wrong('until', 'must be within the two years that Instagram keeps figures');
  if (since >= until) throw wrong('since', 'must be before until');
  if (until - since > MAX_DAYS * DAY_SECONDS) throw wrong('since', `must be at most ${MAX_DAYS} days before until`);
  return { since, until };
};

/** Totals of metrics that came day by day. There is none if the metric counts people, or a day has no value. */
const sumsOf = (days: PeriodValues['days']): Record<string, number> =>
  Object.fromEntries(
    Object.entries(days).flatMap(([name, values]) => {
      const known = values.filter((value) => value !== null);
      if (!isSummable(name) || known.length < values.length) return [];
      return [[name, known.reduce((sum, value) => sum + value, 0)]];
    }),
  );

/** Fetches, stores and gives an account's own figures. @throws {ServiceError} when Instagram refuses. */
export const createAccountInsights =
  ({
    ask,
    measure,
    insights,
    graphVersion,
    now,
  }: {
    ask: AskInstagram;
    measure: Measure;
    insights: Pick<InsightsRepository, 'add' | 'listAccountHistory'>;
    graphVersion: string;
    /** Milliseconds since 1970. */
    now: () => number;
  }) =>
  async (
    accountId: number,
    { metric, history, ...asked }: InsightsQuery & { since?: string | undefined; until?: string | undefined },
    options: { deadline: number },
  ): Promise<AccountInsights> => {
    const period = toPeriod(asked, now());
    return await ask(accountId, async ({ account, client }) => {
      const { id: account_id, instagram_id, login } = account;
      /** Metrics that came day by day although their days cannot be added up. */
      const daily = new Set<string>();
      const ask = async (names: readonly string[]) => {
        const { totals, days } = await client.insights.ofAccount(instagram_id, names, period, options);
        for (const name of Object.keys(days)) if (!isSummable(name)) daily.add(name);
        return { ...sumsOf(days), ...totals };
      };
      const measured = await measure({
        account_id,
        login,
        surface: 'ACCOUNT',
        media_type: '',
        instagram_id,
        graph_version: graphVersion,
        named: metric,
        asksOf: () => ({ ask }),
      });
      const { metrics, replaced } = measured;
      const unavailable = measured.unavailable.map((one) =>
        daily.has(one.metric) ? { ...one, reason: 'not_summable' as const } : one,
      );
      const dates = { since: toTimestamp(period.since), until: toTimestamp(period.until) };
      const whole = metric === undefined;
      const captured_at = await insights.add(account_id, { instagram_id, whole, metrics, unavailable, period: dates });
      return {
        account_id,
        instagram_id,
        ...dates,
        captured_at,
        metrics,
        unavailable,
        ...(Object.keys(replaced).length > 0 && { replaced }),
        ...(history && { history: await insights.listAccountHistory(account_id, instagram_id) }),
      };
    });
  };
