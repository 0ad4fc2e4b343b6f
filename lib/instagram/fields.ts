import { InstagramError } from './errors.ts';
import type { CallLimits, CallOptions } from './exchange.ts';

/** Names of the fields a listing asks for; serializable, so that a run can go on with what its last page used. */
export type FieldSet = readonly string[];

/** What is asked of a page, and may have to be asked more modestly. */
export interface Asked {
  /** Items on the page, 1 to 100. */
  limit: number;
  fields: FieldSet;
}

/** Which fields an object has: `required` ones are always asked for, `expansions` are the costly ones. */
export interface FieldPlan {
  all: FieldSet;
  required: FieldSet;
  /** Ever smaller sets to fall back to when Meta refuses without naming a field. */
  fallbacks: readonly FieldSet[];
  expansions: FieldSet;
}

/** The fields of `plan` among `fields`, in its order: names of an older or newer version drop out. */
export const knownFields = (fields: FieldSet, { all, required }: FieldPlan): FieldSet =>
  all.filter((field) => fields.includes(field) || required.includes(field));

/** No answer within the time there was for it. */
const isTooSlow = ({ failure }: InstagramError): boolean => failure === 'timeout' || failure === 'deadline';

/**
 * What to ask instead after `error`, or `null` when nothing less would help: a named field leaves the set; an unnamed
 * refusal (one unreadable row fails its whole page) falls back to a smaller set; too much data, or a listing's page that
 * does not come in time, halves the page down to one item, then drops the expansions.
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
 * Asks, and asks less for as long as that may help and there is time: `limits` that are asked anew give each its own.
 * @throws the last refusal, or what `limits` throws.
 */
export const askingLess = async <Answer>(
  asked: Asked,
  plan: FieldPlan,
  limits: CallLimits,
  ask: (asked: Asked, options: CallOptions) => Promise<Answer>,
): Promise<Answer> => {
  const isListing = asked.limit > 1;
  let options = await optionsOf(limits);
  for (let now = asked; ; ) {
    try {
      return await ask(now, options);
    } catch (error) {
      const less = askLess(error, now, plan, isListing);
      if (less === null) throw error;
      options = await optionsOf(limits);
      if ((options.deadline ?? Number.POSITIVE_INFINITY) <= performance.now()) throw error;
      now = less;
    }
  }
};

const withoutExpansions = (plan: FieldPlan) => (field: string) => !plan.expansions.includes(field);

/** What of the fields to keep: ways in order of preference, of which the first that takes something away is gone. */
const smallerSets = ({ hint }: InstagramError, plan: FieldPlan): ((field: string) => boolean)[] => {
  const fallbacks = plan.fallbacks.map((set) => (field: string) => set.includes(field));
  if (hint === 'core_fields') return fallbacks;
  if (typeof hint === 'object' && hint !== null) return [(field) => field !== hint.field, ...fallbacks];
  return [];
};
