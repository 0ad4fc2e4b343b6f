import type { InstagramClient } from '../instagram/client.ts';
import { InstagramError } from '../instagram/errors.ts';
import type { CallOptions } from '../instagram/exchange.ts';
import type { Login } from '../instagram/graph.ts';
import { isOfObject } from '../instagram/triage.ts';
import { askMetrics, type MetricAnswers, type MetricValues } from './ask-metrics.ts';
import { chooseMetrics, isRefusedForAll } from './catalogue.ts';
import type { Unavailable } from './schema.ts';
import type { Kind, KnownMetric, Verdict, VerdictRepository } from './verdict-repository.ts';

/** After so many objects of a kind for which Instagram refused a metric, the others of the kind are not asked for it. */
const ENOUGH_REFUSALS = 2;
/** If so many metrics are refused one by one, single metrics are not the reason. */
const MAX_ASKED_ALONE = 3;

/** What to measure, and how to ask Instagram for it. */
export interface Target extends Kind {
  instagram_id: string;
  login: Login;
  /** Names the caller wants; undefined: all metrics. */
  named?: readonly string[] | undefined;
  /** How to ask for the figures of this object, or of another one of its kind. */
  asksOf: (instagramId: string) => Asks;
}
export type Ask = (metrics: readonly string[]) => Promise<MetricValues>;
export interface Asks {
  ask: Ask;
  /** Asks with `metric_type=total_value`, if that makes a difference for the object. */
  askTotals?: Ask;
}

export interface Measured {
  metrics: MetricValues;
  unavailable: Unavailable[];
  replaced: Readonly<Record<string, string>>;
}

/** Instagram refuses a parameter of the call: here that is a metric. */
const isRefusal = (error: unknown): boolean => error instanceof InstagramError && error.means === 'parameter_refused';

/** Why Instagram has no figures at all; null: it does not say so. */
const absenceOf = (error: unknown): Unavailable['reason'] | null => {
  if (!(error instanceof InstagramError)) return null;
  if (error.hint === 'too_few_viewers') return 'too_few_viewers';
  return error.hint === 'before_business' ? 'before_business_account' : null;
};

const NOTHING_KNOWN = { refused_here: false, refusals: 0, refused_lately: false, giver: null, as_total: false };

/** Sorts metrics by what is known of them for this kind of object. */
const sortOut = (metrics: readonly string[], known: readonly KnownMetric[]) => {
  const byName = new Map(known.map((one) => [one.metric, one]));
  const groups = { plain: [] as string[], suspect: [] as string[], total: [] as string[], barred: [] as string[] };
  for (const metric of metrics) {
    const one = byName.get(metric) ?? NOTHING_KNOWN;
    const isDoubted = one.refusals > 0 && one.giver === null;
    const isLearned = isDoubted && one.refusals >= ENOUGH_REFUSALS && one.refused_lately;
    if (one.refused_here) groups.barred.push(metric);
    else if (one.as_total) groups.total.push(metric);
    else if (isLearned) groups.barred.push(metric);
    else if (isDoubted) groups.suspect.push(metric);
    else groups.plain.push(metric);
  }
  return groups;
};

/**
 * Reads the metrics of a media or an account, in one call. If Instagram refuses a metric, further calls find out which, and the
 * object is not asked for it again for a week. If Instagram refused a metric for two objects of a kind, and gave it for none,
 * the others of the kind are not asked for it either, except one each day.
 * @throws {InstagramError} for a failure that is not about a metric.
 */
export const createMeasure =
  ({ verdicts }: { verdicts: Pick<VerdictRepository, 'list' | 'record'> }) =>
  async (target: Target): Promise<Measured> => {
    /** Instagram refused a metric for a second object, but gave it for another some time ago: asks again for that other one. */
    const askGivers = async (refused: readonly string[], known: readonly KnownMetric[]): Promise<void> => {
      for (const { metric, giver, given_lately, refusals } of known) {
        if (giver === null || given_lately || !refused.includes(metric) || !isRefusedForAll(metric)) continue;
        if (giver === target.instagram_id || refusals + 1 < ENOUGH_REFUSALS) continue;
        const verdict = await controlOf(metric, target.asksOf(giver));
        if (verdict !== null) await verdicts.record(target, giver, { [metric]: verdict });
      }
    };

    const choice = chooseMetrics(target.named, target);
    const known = await verdicts.list(target, target.instagram_id);
    const { barred, ...groups } = sortOut(choice.metrics, known);
    const wanted = [...groups.plain, ...groups.suspect, ...groups.total];

    const answers = await askAll(groups, target.asksOf(target.instagram_id));
    // If some metrics were answered, the refusals are about the others. If all were refused, that says nothing.
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
  /** Given only as totals. */
  totals: readonly string[];
  /** Why the other metrics have no value. */
  absence: Unavailable['reason'];
}

/** Asks for all metrics. */
const askAll = async (
  { plain, suspect, total }: { plain: readonly string[]; suspect: readonly string[]; total: readonly string[] },
  { ask, askTotals }: Asks,
): Promise<Answers> => {
  const find = (metrics: readonly string[], how: Ask, options?: { anyNumber: boolean }) =>
    askMetrics(metrics, async (set) => pick(await how(set), set), isRefusal, options);
  try {
    const first = await find(plain, ask).catch(async (error: unknown): Promise<Omit<MetricAnswers, 'error'>> => {
      if (askTotals === undefined || !isRefusal(error)) throw error;
      // Most are refused: perhaps Instagram wants totals. One call tells.
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

/** Whether Instagram still gives a metric for an object; null: it does not tell. */
const controlOf = async (metric: string, { ask }: Asks): Promise<Verdict | null> => {
  try {
    return Object.hasOwn(await ask([metric]), metric) ? 'given' : null;
  } catch (error) {
    if (isRefusal(error)) return 'refused';
    if (isOfObject(error)) return null;
    throw error;
  }
};

/** What to remember of the answers: refused metrics, and once a day the given ones. */
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

/** Resolves if Instagram gives any metric, or says why there are no figures. @throws its refusal. */
export const readAnyMetric = async ([first, ...others]: readonly string[], ask: Ask): Promise<void> => {
  if (first === undefined) return;
  try {
    await ask([first]);
  } catch (error) {
    if (absenceOf(error) !== null) return;
    if (!isRefusal(error) || others.length === 0) throw error;
    await readAnyMetric(others.slice(0, MAX_ASKED_ALONE - 1), ask);
  }
};

/** Only the values that were asked for. */
const pick = (values: MetricValues, metrics: readonly string[]): MetricValues =>
  Object.fromEntries(Object.entries(values).filter(([metric]) => metrics.includes(metric)));

/** How to ask for the metrics of a media. */
export const askMedia = (
  { insights }: Pick<InstagramClient, 'insights'>,
  instagramId: string,
  options: CallOptions,
): Required<Asks> => ({
  ask: (metrics) => insights.ofMedia(instagramId, { metrics, totals: false }, options),
  askTotals: (metrics) => insights.ofMedia(instagramId, { metrics, totals: true }, options),
});
