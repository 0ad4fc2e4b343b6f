import type { InstagramClient } from '../instagram/client.ts';
import { InstagramError } from '../instagram/errors.ts';
import type { CallOptions } from '../instagram/exchange.ts';
import type { Login } from '../instagram/graph.ts';
import { askMetrics, type MetricAnswers, type MetricValues } from './ask-metrics.ts';
import { chooseMetrics, isRefusedForAll, type Surface } from './catalogue.ts';
import type { InsightsRepository } from './repository.ts';
import type { Unavailable } from './schema.ts';

/** A refused metric is tried again after so long: Instagram has brought some back. */
const QUARANTINE_DAYS = 7;

/** What to measure, and how to ask Instagram for it. */
export interface Target {
  account_id: number;
  login: Login;
  surface: Surface;
  /** `v25.0`: other versions refuse other metrics. */
  graph_version: string;
  /** Names the caller wants; undefined: all there are. */
  named?: readonly string[] | undefined;
  ask: (metrics: readonly string[]) => Promise<MetricValues>;
}

export interface Measured {
  metrics: MetricValues;
  unavailable: Unavailable[];
  replaced: Readonly<Record<string, string>>;
}

/** Instagram refuses a parameter, which of them it does not say reliably: here that is a metric. */
const isRefusal = (error: unknown): boolean =>
  error instanceof InstagramError &&
  error.kind === 'rejected' &&
  error.code === 100 &&
  (error.hint === 'core_fields' || typeof error.hint === 'object');

/** Instagram has no figures at all, and says why. */
const absenceOf = (error: unknown): Unavailable['reason'] | null => {
  if (!(error instanceof InstagramError)) return null;
  if (error.hint === 'too_few_viewers') return 'too_few_viewers';
  return error.hint === 'before_business' ? 'before_business_account' : null;
};

/**
 * Reads the metrics of a medium or an account: one call, and where Instagram refuses a metric as many as it takes to find
 * out which, once; it is then left out for a week.
 * @throws {InstagramError} for whatever is not about a metric.
 */
export const createMeasure =
  ({ insights }: { insights: Pick<InsightsRepository, 'listQuarantined' | 'quarantine'> }) =>
  async (target: Target): Promise<Measured> => {
    const choice = chooseMetrics(target.named, target);
    const quarantined = await insights.listQuarantined(target);
    const wanted = choice.metrics.filter((metric) => !quarantined.includes(metric));
    const barred = choice.metrics.filter((metric) => quarantined.includes(metric));

    const answers = await askAll(wanted, target);
    // A call that was answered shows that the others' refusal is theirs; one metric alone shows nothing.
    if (answers.refused.length < wanted.length) {
      await insights.quarantine(target, answers.refused.filter(isRefusedForAll), QUARANTINE_DAYS);
    }
    const reasonOf = (metric: string): Unavailable['reason'] =>
      answers.refused.includes(metric) ? 'refused' : answers.absence;
    return {
      metrics: answers.values,
      unavailable: [
        ...wanted
          .filter((metric) => !Object.hasOwn(answers.values, metric))
          .map((metric) => ({ metric, reason: reasonOf(metric) })),
        ...barred.map((metric) => ({ metric, reason: 'refused' as const })),
        ...choice.unavailable,
      ],
      replaced: choice.replaced,
    };
  };
export type Measure = ReturnType<typeof createMeasure>;

/** So many metrics refused one by one are no oddities of single metrics. */
const PROBED_AT_MOST = 3;

/** Resolves where Instagram gives figures at all, or says why there are none: one metric is enough. @throws its refusal. */
export const probeMetrics = async ([first, ...others]: readonly string[], ask: Target['ask']): Promise<void> => {
  if (first === undefined) return;
  try {
    await ask([first]);
  } catch (error) {
    if (absenceOf(error) !== null) return;
    if (!isRefusal(error) || others.length === 0) throw error;
    await probeMetrics(others.slice(0, PROBED_AT_MOST - 1), ask);
  }
};

/** The answers, or why there is none for any metric. */
const askAll = async (
  wanted: readonly string[],
  { ask }: Target,
): Promise<Pick<MetricAnswers, 'values' | 'refused'> & { absence: Unavailable['reason'] }> => {
  try {
    const { values, refused } = await askMetrics(
      wanted,
      async (metrics) => pick(await ask(metrics), metrics),
      isRefusal,
    );
    return { values, refused, absence: 'no_data' };
  } catch (error) {
    const absence = absenceOf(error);
    if (absence === null) throw error;
    return { values: {}, refused: [], absence };
  }
};

/** What was asked for, and nothing that came beside it. */
const pick = (values: MetricValues, metrics: readonly string[]): MetricValues =>
  Object.fromEntries(Object.entries(values).filter(([metric]) => metrics.includes(metric)));

/** How to ask for a medium's metrics. */
export const askMedia =
  ({ insights }: Pick<InstagramClient, 'insights'>, instagramId: string, options: CallOptions) =>
  (metrics: readonly string[]) =>
    insights.ofMedia(instagramId, metrics, options);
