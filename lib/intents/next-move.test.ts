import { expect, test } from '@jest/globals';
import { type Move, nextMove } from './next-move.ts';
import type { IntentRow } from './schema.ts';

const ROW: IntentRow = {
  account_id: 1,
  id: 1_025,
  kind: 'publish',
  target_id: '17800000000000001',
  post_id: null,
  parent_id: null,
  text: null,
  text_digest: 'digest',
  state: 'unknown',
  attempt: 1,
  fence: 1,
  first_attempt_at: '2026-11-21T09:29:00Z',
  settle_until: '2026-11-21T09:29:15Z',
  resendable: true,
  absent_reads: 0,
  background_reads: 0,
  external_id: null,
  evidence: null,
  verify: false,
  second_effects: [],
  request_hash: 'hash',
  outcome: null,
  error: null,
  age_ms: 60_000,
  first_attempt_age_ms: 60_000,
  send_in_ms: -50_000,
  settle_in_ms: -45_000,
  read_in_ms: -1,
  retry_in_ms: null,
};

test.each<[string, Partial<IntentRow>, Move]>([
  ['it has its outcome', { state: 'confirmed' }, { do: 'nothing' }],
  ['it has its outcome, if a bad one', { state: 'abandoned' }, { do: 'nothing' }],
  ['nothing was sent yet', { state: 'pending', attempt: 0, read_in_ms: null }, { do: 'send' }],
  ['Instagram wants to be left alone', { state: 'pending', retry_in_ms: 9_000 }, { do: 'wait', ms: 9_000 }],
  ['another sends it', { state: 'sending', send_in_ms: 4_000 }, { do: 'wait', ms: 4_000 }],
  ['its sender was not heard of in time', { state: 'sending', send_in_ms: 0 }, { do: 'look' }],
  ['perhaps it happened', {}, { do: 'look' }],
  ['perhaps it happened, but a look would be too early', { read_in_ms: 700 }, { do: 'wait', ms: 700 }],
  ['one look found nothing', { absent_reads: 1 }, { do: 'look' }],
  ['two looks found nothing', { absent_reads: 2 }, { do: 'send' }],
  ['two looks found nothing, but not yet', { absent_reads: 2, retry_in_ms: 30 }, { do: 'wait', ms: 30 }],
  ['twice in vain', { absent_reads: 2, attempt: 2 }, { do: 'give_up', certain: true }],
  ['what was refused as spam', { absent_reads: 2, resendable: false }, { do: 'give_up', certain: true }],
  ['too many looks without an answer', { background_reads: 12 }, { do: 'give_up', certain: false }],
  ['a day without an answer', { first_attempt_age_ms: 24 * 3_600_000 }, { do: 'give_up', certain: false }],
])('%s', (_, fields, move) => {
  expect(nextMove({ ...ROW, ...fields })).toEqual(move);
});
