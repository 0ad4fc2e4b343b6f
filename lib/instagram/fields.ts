import { InstagramError } from './errors.ts';

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

/**
 * What to ask instead after `error`, or `null` when nothing less would help: a named field leaves the set; an unnamed
 * refusal (one unreadable row fails its whole page) falls back to a smaller set; too much data halves the page down to
 * one item, then drops the expansions.
 */
const askLess = (error: unknown, { limit, fields }: Asked, plan: FieldPlan): Asked | null => {
  if (!(error instanceof InstagramError)) return null;
  if (error.hint === 'reduce' && limit > 1) return { limit: Math.floor(limit / 2), fields };
  const smaller = smallerSets(error, plan)
    .map((keep) => fields.filter((field) => plan.required.includes(field) || keep(field)))
    .find((set) => set.length < fields.length);
  return smaller === undefined ? null : { limit, fields: smaller };
};

/** Asks, and asks less for as long as that may help. @throws the last refusal */
export const askingLess = async <Answer>(
  asked: Asked,
  plan: FieldPlan,
  ask: (asked: Asked) => Promise<Answer>,
): Promise<Answer> => {
  for (let now = asked; ; ) {
    try {
      return await ask(now);
    } catch (error) {
      const less = askLess(error, now, plan);
      if (less === null) throw error;
      now = less;
    }
  }
};

/** What of the fields to keep: ways in order of preference, of which the first that takes something away is gone. */
const smallerSets = ({ hint }: InstagramError, plan: FieldPlan): ((field: string) => boolean)[] => {
  const fallbacks = plan.fallbacks.map((set) => (field: string) => set.includes(field));
  if (hint === 'reduce') return [(field) => !plan.expansions.includes(field)];
  if (hint === 'core_fields') return fallbacks;
  if (typeof hint === 'object' && hint !== null) return [(field) => field !== hint.field, ...fallbacks];
  return [];
};
