import type { InstagramClient } from '../instagram/client.ts';
import { InstagramError } from '../instagram/errors.ts';
import type { CallOptions } from '../instagram/exchange.ts';
import type { Login } from '../instagram/graph.ts';
import { isOfObject } from '../instagram/triage.ts';
import { askMetrics, type MetricAnswers, type MetricValues } from './ask-metrics.ts';
import { chooseMetrics, isRefusedForAll } from './catalogue.ts';
import type { Unavailable } from './schema.ts';
import type { Kind, KnownMetric, Verdict, VerdictRepository } from './verdict-repository.ts';

/** So many objects of a kind must have been refused a metric before the others of it are not asked. */
const REFUSALS_OF_A_KIND = 2;
/** So many metrics refused one by one are no oddities of single metrics. */
const PROBED_AT_MOST = 3;

/** What to measure, and how to ask Instagram for it. */
export interface Target extends Kind {
  instagram_id: string;
  login: Login;
  /** Names the caller wants; undefined: all there are. */
  named?: readonly string[] | undefined;
  /** How to ask for the figures of this object, or of another one of its kind. */
  asksOf: (instagramId: string) => Asks;
}
export type Ask = (metrics: readonly string[]) => Promise<MetricValues>;
export interface Asks {
  ask: Ask;
  /** The same with `metric_type=total_value`, where that is another question. */
  askTotals?: Ask;
}

export interface Measured {
  metrics: MetricValues;
  unavailable: Unavailable[];
  replaced: Readonly<Record<string, string>>;
}

/** Instagram refuses a parameter, which of them it does not say reliably: here that is a metric. */
const isRefusal = (error: unknown): boolean => error instanceof InstagramError && error.means === 'parameter_refused';

/** Instagram has no figures at all, and says why. */
const absenceOf = (error: unknown): Unavailable['reason'] | null => {
  if (!(error instanceof InstagramError)) return null;
  if (error.hint === 'too_few_viewers') return 'too_few_viewers';
  return error.hint === 'before_business' ? 'before_business_account' : null;
};

const NOTHING_KNOWN = { refused_here: false, refusals: 0, refused_lately: false, giver: null, as_total: false };

/** What to do about each metric, by what is known of its kind. */
const sortOut = (metrics: readonly string[], known: readonly KnownMetric[]) => {
  const byName = new Map(known.map((one) => [one.metric, one]));
  const groups = { plain: [] as string[], suspect: [] as string[], total: [] as string[], barred: [] as string[] };
  for (const metric of metrics) {
    const one = byName.get(metric) ?? NOTHING_KNOWN;
    const isDoubted = one.refusals > 0 && one.giver === null;
    const isLearned = isDoubted && one.refusals >= REFUSALS_OF_A_KIND && one.refused_lately;
    if (one.refused_here) groups.barred.push(metric);
    else if (one.as_total) groups.total.push(metric);
    else if (isLearned) groups.barred.push(metric);
    else if (isDoubted) groups.suspect.push(metric);
    else groups.plain.push(metric);
  }
  return groups;
};

/**
 * Reads the metrics of a medium or an account: one call, and where Instagram refuses a metric as many as it takes to find
 * out which, once. That is the object's own refusal, for a week; only where two objects of a kind were refused it, and none
 * was given it, the others of the kind are not asked either, but for one a day.
 * @throws {InstagramError} for whatever is not about a metric.
 */
export const createMeasure =
  ({ verdicts }: { verdicts: Pick<VerdictRepository, 'list' | 'record'> }) =>
  async (target: Target): Promise<Measured> => {
    /**
     * Refused of a second object, and last given a while ago: whoever was given it then tells whether it is still given.
     */
    const askGivers = async (refused: readonly string[], known: readonly KnownMetric[]): Promise<void> => {
      for (const { metric, giver, given_lately, refusals } of known) {
        if (giver === null || given_lately || !refused.includes(metric) || !isRefusedForAll(metric)) continue;
        if (giver === target.instagram_id || refusals + 1 < REFUSALS_OF_A_KIND) continue;
        const verdict = await controlOf(metric, target.asksOf(giver));
        if (verdict !== null) await verdicts.record(target, giver, { [metric]: verdict });
      }
    };

    const choice = chooseMetrics(target.named, target);
    const known = await verdicts.list(target, target.instagram_id);
    const { barred, ...groups } = sortOut(choice.metrics, known);
    const wanted = [...groups.plain, ...groups.suspect, ...groups.total];

    const answers = await askAll(groups, target.asksOf(target.instagram_id));
    // A call that was answered shows that the others' refusal is theirs; one metric alone shows nothing.
    if (answers.refused.length < wanted.length) {
      await askGivers(answers.refused, known);
      await verdicts.record(target, target.instagram_id, verdictsOf(answers, known));
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

interface Answers extends Pick<MetricAnswers, 'values' | 'refused'> {
  /** Given, but as totals alone. */
  totals: readonly string[];
  /** Why the rest has no value. */
  absence: Unavailable['reason'];
}

/** The answers, or why there is none for any metric. */
const askAll = async (
  { plain, suspect, total }: { plain: readonly string[]; suspect: readonly string[]; total: readonly string[] },
  { ask, askTotals }: Asks,
): Promise<Answers> => {
  const find = (metrics: readonly string[], how: Ask, options?: { anyNumber: boolean }) =>
    askMetrics(metrics, async (set) => pick(await how(set), set), isRefusal, options);
  try {
    const first = await find(plain, ask).catch(async (error: unknown): Promise<Omit<MetricAnswers, 'error'>> => {
      if (askTotals === undefined || !isRefusal(error)) throw error;
      // Nearly all are refused: perhaps the form is. One call tells.
      await askTotals(plain).catch((again: unknown) => {
        throw isRefusal(again) ? error : again;
      });
      return { values: {}, refused: plain };
    });
    const second = await find(suspect, ask, { anyNumber: true });
    const refused = [...first.refused, ...second.refused];
    const values = { ...first.values, ...second.values };
    if (askTotals === undefined) return { values, refused, totals: [], absence: 'no_data' };
    const asked = [...total, ...refused];
    const third = await find(asked, askTotals, { anyNumber: true });
    const totals = asked.filter((metric) => !third.refused.includes(metric));
    return { values: { ...values, ...third.values }, refused: third.refused, totals, absence: 'no_data' };
  } catch (error) {
    const absence = absenceOf(error);
    if (absence === null) throw error;
    return { values: {}, refused: [], totals: [], absence };
  }
};

/** Whether an object is still given a metric; null where that cannot be told. */
const controlOf = async (metric: string, { ask }: Asks): Promise<Verdict | null> => {
  try {
    return Object.hasOwn(await ask([metric]), metric) ? 'given' : null;
  } catch (error) {
    if (isRefusal(error)) return 'refused';
    if (isOfObject(error)) return null;
    throw error;
  }
};

/** What is worth remembering of the answers: what was refused, and once a day what was given. */
const verdictsOf = (
  { values, refused, totals }: Answers,
  known: readonly KnownMetric[],
): Readonly<Record<string, Verdict>> => {
  const lately = known.filter(({ given_lately }) => given_lately).map(({ metric }) => metric);
  const given = Object.keys(values).filter((metric) => !lately.includes(metric));
  const entries: [string, Verdict][] = [
    ...given.map((metric): [string, Verdict] => [metric, 'given']),
    ...totals.map((metric): [string, Verdict] => [metric, 'as_total']),
    ...refused.filter(isRefusedForAll).map((metric): [string, Verdict] => [metric, 'refused']),
  ];
  return Object.fromEntries(entries);
};

/** Resolves where Instagram gives figures at all, or says why there are none: one metric is enough. @throws its refusal. */
export const probeMetrics = async ([first, ...others]: readonly string[], ask: Ask): Promise<void> => {
  if (first === undefined) return;
  try {
    await ask([first]);
  } catch (error) {
    if (absenceOf(error) !== null) return;
    if (!isRefusal(error) || others.length === 0) throw error;
    await probeMetrics(others.slice(0, PROBED_AT_MOST - 1), ask);
  }
};

/** What was asked for, and nothing that came beside it. */
const pick = (values: MetricValues, metrics: readonly string[]): MetricValues =>
  Object.fromEntries(Object.entries(values).filter(([metric]) => metrics.includes(metric)));

/** How to ask for a medium's metrics. */
export const askMedia = (
  { insights }: Pick<InstagramClient, 'insights'>,
  instagramId: string,
  options: CallOptions,
): Required<Asks> => ({
  ask: (metrics) => insights.ofMedia(instagramId, { metrics, totals: false }, options),
  askTotals: (metrics) => insights.ofMedia(instagramId, { metrics, totals: true }, options),
});
