import { z } from 'zod';
import type { CallOptions } from '../exchange.ts';
import type { GraphRequest } from '../graph.ts';
import { isMembers, requiredTextSchema, rowsOf } from '../schemas.ts';

/** Figures below 5 are answered as -1 at times: no value, and not a negative one. */
const toFigure = (value: unknown): number | null => {
  const figure = typeof value === 'string' && /^\d{1,15}(\.\d{1,15})?$/.test(value) ? Number(value) : value;
  return typeof figure === 'number' && Number.isFinite(figure) && figure >= 0 ? figure : null;
};
const figureOf = (value: unknown): number | null => toFigure(isMembers(value) ? value.value : value);

/** One metric: a total, or values of which the last is the newest. `title` and `description` are in some language. */
const metricSchema = z
  .looseObject({ name: requiredTextSchema, total_value: z.unknown().optional(), values: z.unknown().optional() })
  .transform(({ name, total_value, values }) => ({
    name,
    total: figureOf(total_value),
    values: (Array.isArray(values) ? values : []).map(figureOf),
  }));

/** An odd row is a metric without a value. Where most are odd, what is left must not be taken for all that is known. */
const insightsSchema = z.looseObject({ data: z.array(z.unknown()) }).transform(({ data }, context) => {
  const metrics = rowsOf(metricSchema).parse(data);
  if (2 * metrics.length >= data.length) return metrics;
  context.addIssue({ code: 'custom', path: ['data', 'name'], message: 'is missing in most rows' });
  return z.NEVER;
});
type Metric = z.output<typeof metricSchema>;

/** Names like `__proto__` are no metrics. */
const METRIC_NAME = /^[a-z][a-z0-9_]{0,63}$/;

/** Values by metric. A metric without a value is left out: no value is not zero. */
const toValues = (metrics: readonly Metric[]): Record<string, number> =>
  Object.fromEntries(
    metrics.flatMap(({ name, total, values }) => {
      const value = total ?? values.at(-1) ?? null;
      return value === null || !METRIC_NAME.test(name) ? [] : [[name, value]];
    }),
  );

/** The same for a period. Several values of one metric are its days, even when a total was asked for. */
const toPeriodValues = (metrics: readonly Metric[]): PeriodValues => {
  const isSeries = ({ total, values }: Metric) => total === null && values.length > 1;
  return {
    totals: toValues(metrics.filter((metric) => !isSeries(metric))),
    days: Object.fromEntries(
      metrics
        .filter((metric) => isSeries(metric) && METRIC_NAME.test(metric.name))
        .map(({ name, values }) => [name, values]),
    ),
  };
};

/** Figures of a period. */
export interface PeriodValues {
  totals: Record<string, number>;
  /** Given day by day instead, oldest first; null: no value that day. */
  days: Record<string, readonly (number | null)[]>;
}

/** Figures of media and accounts. One refused metric fails the whole call. */
export const insightsResource = (request: GraphRequest) => ({
  /**
   * The figures of a media over its lifetime. `totals`: ask for totals; some metrics are given only as a total.
   * @throws {InstagramError} `hint: 'too_few_viewers'`, `'before_business'`; `core_fields` when a metric is refused.
   */
  ofMedia: async (
    mediaId: string,
    { metrics, totals }: { metrics: readonly string[]; totals: boolean },
    options: CallOptions = {},
  ) => {
    const params = { metric: metrics.join(','), metric_type: totals ? 'total_value' : null };
    return toValues(await request({ path: [mediaId, 'insights'], params, schema: insightsSchema }, options));
  },

  /**
   * An account's totals between two times (Unix seconds), 30 days apart at most. Instagram gives some metrics day by day
   * although it is asked for totals.
   * @throws {InstagramError}
   */
  ofAccount: async (
    igUserId: string,
    metrics: readonly string[],
    { since, until }: { since: number; until: number },
    options: CallOptions = {},
  ) => {
    const params = { metric: metrics.join(','), period: 'day', metric_type: 'total_value', since, until };
    return toPeriodValues(await request({ path: [igUserId, 'insights'], params, schema: insightsSchema }, options));
  },
});
