import type { Effect } from './kind.ts';
import type { IntentRow } from './schema.ts';

/** The time of an effect may differ by so much from that of its send: two clocks, whole seconds, transport. */
export const TOLERANCE_MS = 60_000;

type Sibling = Pick<IntentRow, 'id' | 'state' | 'first_attempt_at' | 'send_by' | 'settle_until'>;

/** When an effect of an intent's sends can have come about. One that was answered had its effect before its send was over. */
const windowOf = ({ state, first_attempt_at, send_by, settle_until }: Sibling) => ({
  from: Date.parse(first_attempt_at) - TOLERANCE_MS,
  until: state === 'sending' ? Number.POSITIVE_INFINITY : Date.parse(settle_until ?? send_by) + TOLERANCE_MS,
});

/** Whether the intent can have brought the effect about, by time alone. */
export const isWithin = (intent: Sibling, { at, known_at }: Effect): boolean => {
  if (known_at !== null && Date.parse(known_at) < Date.parse(intent.first_attempt_at)) return false;
  const { from, until } = windowOf(intent);
  return at === null || (Date.parse(at) >= from && Date.parse(at) <= until);
};

/**
 * Assigns each effect to one intent, as many as can be: maximum bipartite matching by augmenting paths. An effect goes to
 * the intent whose time for it ends first; an intent gives up its effect when it can take another and a sibling cannot. An
 * effect that an intent still being sent may have brought about is left out: its sender's answer will tell. Returns
 * intent id → effect.
 */
export const assignEffects = (
  effects: readonly Effect[],
  unresolved: readonly Sibling[],
): ReadonlyMap<number, Effect> => {
  const beingSent = unresolved.filter(({ state }) => state === 'sending');
  const until = (intent: Sibling) => windowOf(intent).until;
  const waiting = unresolved
    .filter(({ state }) => state === 'unknown')
    .toSorted((a, b) => until(a) - until(b) || a.id - b.id);
  const assigned = new Map<number, Effect>();

  /** Gives the effect to an intent without one, or else to an intent whose own effect another intent can take. */
  const place = (effect: Effect, asked = new Set<number>()): boolean => {
    const able = waiting.filter((intent) => !asked.has(intent.id) && isWithin(intent, effect));
    for (const { id } of able) asked.add(id);
    const givesItsOwn = ({ id }: Sibling): boolean => {
      const own = assigned.get(id);
      return own !== undefined && place(own, asked);
    };
    const taker = able.find(({ id }) => !assigned.has(id)) ?? able.find(givesItsOwn);
    if (taker !== undefined) assigned.set(taker.id, effect);
    return taker !== undefined;
  };
  for (const effect of effects.toSorted(oldestFirst)) {
    if (!beingSent.some((intent) => isWithin(intent, effect))) place(effect);
  }
  return assigned;
};

/** Within one second: stored effects first, as they are older, then by Instagram's ids, which grow with time. */
const oldestFirst = (a: Effect, b: Effect): number =>
  timeOf(a.at, 0) - timeOf(b.at, 0) ||
  Math.sign(timeOf(a.known_at, MAX_TIME) - timeOf(b.known_at, MAX_TIME)) ||
  compareIds(a.external_id ?? '', b.external_id ?? '');

const MAX_TIME = Number.MAX_SAFE_INTEGER;
const timeOf = (timestamp: string | null, otherwise: number) =>
  timestamp === null ? otherwise : Date.parse(timestamp);

/** Ids are numbers in text: the shorter one is smaller, and ids of one length compare as text. */
const compareIds = (a: string, b: string): number => a.length - b.length || (a < b ? -1 : 1);
