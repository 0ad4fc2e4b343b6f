import { z } from 'zod';
import type { CallOptions } from '../exchange.ts';
import type { GraphRequest } from '../graph.ts';

const figureSchema = z.looseObject({ value: z.unknown().optional() });

/** One metric: a total, or values, the newest last. */
const metricSchema = z.looseObject({
  name: z.string(),
  total_value: figureSchema.nullish(),
  values: z.array(figureSchema).nullish(),
});
const insightsSchema = z.looseObject({ data: z.array(metricSchema) });

/** Instagram sometimes answers -1 instead of a figure below 5: that is no value. */
const toFigure = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;

/** Names like `__proto__` are no metrics. */
const METRIC_NAME = /^[a-z][a-z0-9_]{0,63}$/;

/** Values by metric. A metric without a value is left out: no value is not zero. */
const toValues = ({ data }: z.output<typeof insightsSchema>): Record<string, number> =>
  Object.fromEntries(
    data.flatMap(({ name, total_value, values }) => {
      const value = toFigure(total_value?.value) ?? toFigure(values?.at(-1)?.value);
      return value === null || !METRIC_NAME.test(name) ? [] : [[name, value]];
    }),
  );

/** The same for a period. Several values of one metric are its days, even when a total was asked for. */
const toPeriodValues = ({ data }: z.output<typeof insightsSchema>): PeriodValues => {
  const series = data.filter(({ total_value, values }) => !total_value && (values?.length ?? 0) > 1);
  return {
    totals: toValues({ data: data.filter((metric) => !series.includes(metric)) }),
    days: Object.fromEntries(
      series
        .filter(({ name }) => METRIC_NAME.test(name))
        .map(({ name, values }) => [name, (values ?? []).map(({ value }) => toFigure(value))]),
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
