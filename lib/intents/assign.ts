import type { Effect } from './kind.ts';
import type { IntentRow } from './schema.ts';

/** Clocks, whole seconds and transport on both sides of a send: an effect is looked for this much around it. */
export const TOLERANCE_MS = 60_000;

type Sibling = Pick<IntentRow, 'id' | 'state' | 'first_attempt_at' | 'settle_until'>;

const windowOf = ({ first_attempt_at, settle_until }: Sibling) => ({
  from: Date.parse(first_attempt_at) - TOLERANCE_MS,
  until: settle_until === null ? Number.POSITIVE_INFINITY : Date.parse(settle_until) + TOLERANCE_MS,
});

/** Whether the intent can have brought the effect about, by time alone. */
export const isWithin = (intent: Sibling, { at, known_at }: Effect): boolean => {
  if (known_at !== null && Date.parse(known_at) < Date.parse(intent.first_attempt_at)) return false;
  const { from, until } = windowOf(intent);
  return at === null || (Date.parse(at) >= from && Date.parse(at) <= until);
};

/**
 * Gives each effect to one intent: oldest effect first, to the intent whose time for it ends first, which among siblings
 * sent once is the oldest. (So as many are served as can be: the earliest end first is the best order there is.) An effect
 * that an intent still being sent may have brought about is nobody's yet: its sender's answer will tell.
 * Returns intent id → effect.
 */
export const assignEffects = (
  effects: readonly Effect[],
  unresolved: readonly Sibling[],
): ReadonlyMap<number, Effect> => {
  const under = unresolved.filter(({ state }) => state === 'sending');
  const waiting = unresolved.filter(({ state }) => state === 'unknown');
  const order = (intent: Sibling) => windowOf(intent).until;
  const assigned = new Map<number, Effect>();
  for (const effect of effects.toSorted(oldestFirst)) {
    if (under.some((intent) => isWithin(intent, effect))) continue;
    const [first] = waiting
      .filter((intent) => !assigned.has(intent.id) && isWithin(intent, effect))
      .toSorted((a, b) => order(a) - order(b) || a.id - b.id);
    if (first !== undefined) assigned.set(first.id, effect);
  }
  return assigned;
};

/** Instagram's ids grow with time within a second, but are of two lengths: only equal ones compare as text. */
const oldestFirst = (a: Effect, b: Effect): number =>
  (a.at === null ? 0 : Date.parse(a.at)) - (b.at === null ? 0 : Date.parse(b.at)) ||
  compareIds(a.external_id ?? '', b.external_id ?? '');

const compareIds = (a: string, b: string): number => a.length - b.length || (a < b ? -1 : 1);
