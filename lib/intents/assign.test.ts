import { expect, test } from '@jest/globals';
import { assignEffects } from './assign.ts';
import type { Effect } from './kind.ts';
import type { IntentRow } from './schema.ts';

const at = (second: number) => new Date(Date.UTC(2026, 0, 2, 3, 0, second)).toISOString();
const anEffect = (second: number, known: number | null = null): Effect => ({
  external_id: `1790000000000${1000 + second}`,
  at: at(second),
  known_at: known === null ? null : at(known),
  detail: null,
});
const unknown = (id: number, { sent = 0, settled }: { sent?: number; settled?: number } = {}) => ({
  id,
  state: 'unknown' as IntentRow['state'],
  first_attempt_at: at(sent),
  send_by: at(sent + 10),
  settle_until: at(settled ?? sent + 15),
});
const sending = (id: number, sent = 0) => ({ ...unknown(id, { sent }), state: 'sending' as const, settle_until: null });
const assigned = (...args: Parameters<typeof assignEffects>) =>
  Object.fromEntries([...assignEffects(...args)].map(([id, { external_id }]) => [id, external_id]));

test('the oldest effect goes to the oldest intent, each to one', () => {
  const effects = [anEffect(7), anEffect(3)];
  expect(assigned(effects, [unknown(1, { sent: 2 }), unknown(2, { sent: 4 }), unknown(3, { sent: 5 })])).toEqual({
    1: anEffect(3).external_id,
    2: anEffect(7).external_id,
  });
});

test('effects of one second go by id, a shorter one being older', () => {
  const older = { ...anEffect(3), external_id: '99' };
  const newer = { ...anEffect(3), external_id: '100' };
  expect(assigned([newer, older], [unknown(1), unknown(2)])).toEqual({ 1: '99', 2: '100' });
});

test('an effect is not claimed while somebody who may have brought it about is still sending', () => {
  expect(assigned([anEffect(3)], [unknown(1), sending(2)])).toEqual({});
});

test('an effect from long before a sender began is claimed nevertheless', () => {
  expect(assigned([anEffect(3)], [unknown(1), sending(2, 120)])).toEqual({ 1: anEffect(3).external_id });
});

test('nothing from more than a minute before the first send, or after the last could show, is an intent’s', () => {
  const intent = unknown(1, { sent: 100, settled: 115 });
  expect(assigned([anEffect(39)], [intent])).toEqual({});
  expect(assigned([anEffect(40)], [intent])).not.toEqual({});
  expect(assigned([anEffect(175)], [intent])).not.toEqual({});
  expect(assigned([anEffect(176)], [intent])).toEqual({});
});

test('what was stored before an intent was first sent is not its effect, however young', () => {
  expect(assigned([anEffect(50, 55)], [unknown(1, { sent: 60 })])).toEqual({});
  expect(assigned([anEffect(50, 61)], [unknown(1, { sent: 60 })])).not.toEqual({});
});

test('an intent sent again much later leaves an early effect to a sibling that has no other', () => {
  const twice = unknown(1, { sent: 0, settled: 415 });
  const once = unknown(2, { sent: 200 });
  expect(assigned([anEffect(201), anEffect(405)], [twice, once])).toEqual({
    2: anEffect(201).external_id,
    1: anEffect(405).external_id,
  });
});

test('of two effects of one second, the only one that a sibling can have is left to it', () => {
  const known = { ...anEffect(3, 4), external_id: '100' }; // stored before the second intent was sent
  const fresh = { ...anEffect(3), external_id: '99' };
  const [first, second] = [unknown(1, { sent: 2 }), unknown(2, { sent: 5 })];
  expect(assigned([fresh, known], [first, second])).toEqual({ 1: '100', 2: '99' });
  const foreseen = { ...known, at: at(4) }; // even where the order is another
  expect(assigned([fresh, foreseen], [first, second])).toEqual({ 1: '100', 2: '99' });
});
