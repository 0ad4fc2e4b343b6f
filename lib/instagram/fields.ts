import { InstagramError } from './errors.ts';
import type { CallLimits, CallOptions } from './exchange.ts';
import type { GraphRequest } from './graph.ts';

/** Names of the fields that a listing asks for. Stored with a run, so that it continues with those its last page used. */
export type FieldSet = readonly string[];

/** What a page is asked for. Instagram may refuse it, and accept less. */
export interface Asked {
  /** Items on the page, 1 to 100. */
  limit: number;
  fields: FieldSet;
}

/** The fields of an object: `required` ones are always asked for, `expansions` are expensive. */
export interface FieldPlan {
  all: FieldSet;
  required: FieldSet;
  /** Smaller and smaller sets, tried in turn when Meta refuses without naming a field. */
  fallbacks: readonly FieldSet[];
  expansions: FieldSet;
}

/** Those of `fields` that `plan` has, and its required ones, in the plan's order. Names from another version are dropped. */
export const knownFields = (fields: FieldSet, { all, required }: FieldPlan): FieldSet =>
  all.filter((field) => fields.includes(field) || required.includes(field));

/** There was no answer in time. */
const isTooSlow = ({ failure }: InstagramError): boolean => failure === 'timeout' || failure === 'deadline';

/**
 * What to ask for instead after `error`; `null`: asking for less would not help. If Meta names a field, that field is left
 * out. If it names none (one unreadable row fails its whole page), the next smaller set is tried. If the data are too much,
 * or a page of a listing is too slow, the page is halved down to one item, and then the expansions are left out.
 */
const askLess = (error: unknown, { limit, fields }: Asked, plan: FieldPlan, isListing: boolean): Asked | null => {
  if (!(error instanceof InstagramError)) return null;
  const isTooMuch = error.hint === 'reduce' || (isListing && isTooSlow(error));
  if (isTooMuch && limit > 1) return { limit: Math.floor(limit / 2), fields };
  const smaller = (isTooMuch ? [withoutExpansions(plan)] : smallerSets(error, plan))
    .map((keep) => fields.filter((field) => plan.required.includes(field) || keep(field)))
    .find((set) => set.length < fields.length);
  return smaller === undefined ? null : { limit, fields: smaller };
};

const optionsOf = async (limits: CallLimits): Promise<CallOptions> =>
  typeof limits === 'function' ? await limits() : limits;

/**
 * Asks for a page or an object, and then for less and less while that may help and time is left.
 * @throws the last refusal, or what `limits` throws.
 */
export const askingLess = async <Answer>(
  { now }: Pick<GraphRequest, 'now'>,
  asked: Asked,
  plan: FieldPlan,
  limits: CallLimits,
  ask: (asked: Asked, options: CallOptions) => Promise<Answer>,
): Promise<Answer> => {
  const isListing = asked.limit > 1;
  let options = await optionsOf(limits);
  for (let current = asked; ; ) {
    try {
      return await ask(current, options);
    } catch (error) {
      const less = askLess(error, current, plan, isListing);
      if (less === null) throw error;
      options = await optionsOf(limits);
      if ((options.deadline ?? Number.POSITIVE_INFINITY) <= now()) throw error;
      current = less;
    }
  }
};

const withoutExpansions = (plan: FieldPlan) => (field: string) => !plan.expansions.includes(field);

/** Ways to leave fields out, best first; each says of a field whether it stays. The first that leaves any out is used. */
const smallerSets = ({ hint }: InstagramError, plan: FieldPlan): ((field: string) => boolean)[] => {
  const fallbacks = plan.fallbacks.map((set) => (field: string) => set.includes(field));
  if (hint === 'core_fields') return fallbacks;
  if (typeof hint === 'object' && hint !== null) return [(field) => field !== hint.field, ...fallbacks];
  return [];
};
