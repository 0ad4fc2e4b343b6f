import { describe, expect, test } from '@jest/globals';
import { type Decision, decide, type Role } from './decide.ts';
import type { IntentRow } from './schema.ts';

/** Sent once, a minute ago; its outcome is unknown; a read-back is due. */
const UNKNOWN: IntentRow = {
  account_id: 1,
  id: 1_025,
  kind: 'comment',
  target_id: '17800000000000001',
  post_id: null,
  parent_id: null,
  text: null,
  text_digest: 'digest',
  state: 'unknown',
  attempt: 1,
  fence: 1,
  first_attempt_at: '2026-11-21T09:29:00Z',
  send_by: '2026-11-21T09:29:10Z',
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
  first_attempt_age_ms: 60_000,
  send_in_ms: -50_000,
  settle_in_ms: -45_000,
  read_in_ms: -1,
  retry_in_ms: null,
};
const PENDING: Partial<IntentRow> = { state: 'pending', attempt: 0, read_in_ms: null };
const DAY_MS = 24 * 3_600_000;

const done: Decision = { do: 'done' };
const send: Decision = { do: 'send' };
const read: Decision = { do: 'read_back' };
const wait = (ms: number): Decision => ({ do: 'wait', ms });
const others = wait(Number.POSITIVE_INFINITY);
const inVain: Decision = { do: 'give_up', certain: true };
const never: Decision = { do: 'give_up', certain: false };

const ROLES: readonly Role[] = ['caller', 'watcher', 'publisher'];

describe.each<[string, Partial<IntentRow>, Readonly<Record<Role, Decision>>]>([
  // state
  ['confirmed', { state: 'confirmed' }, { caller: done, watcher: done, publisher: done }],
  ['refused', { state: 'refused' }, { caller: done, watcher: done, publisher: done }],
  ['abandoned', { state: 'abandoned' }, { caller: done, watcher: done, publisher: done }],
  ['not sent yet', PENDING, { caller: send, watcher: others, publisher: send }],
  [
    'not sent, and Instagram names a time',
    { ...PENDING, retry_in_ms: 9_000 },
    { caller: wait(9_000), watcher: others, publisher: wait(9_000) },
  ],
  [
    'not sent, and that time is over',
    { ...PENDING, retry_in_ms: 0 },
    { caller: send, watcher: others, publisher: send },
  ],
  [
    'being sent by somebody',
    { state: 'sending', send_in_ms: 4_000 },
    { caller: wait(4_000), watcher: wait(4_000), publisher: wait(4_000) },
  ],
  [
    'being sent by somebody who was not heard of in time',
    { state: 'sending', send_in_ms: 0 },
    { caller: read, watcher: read, publisher: read },
  ],
  ['perhaps done', {}, { caller: read, watcher: read, publisher: read }],
  [
    'perhaps done, and a read-back would be too early',
    { read_in_ms: 700 },
    { caller: wait(700), watcher: wait(700), publisher: wait(700) },
  ],
  // reads
  ['absent in one read-back', { absent_reads: 1 }, { caller: read, watcher: read, publisher: read }],
  ['absent in two', { absent_reads: 2 }, { caller: send, watcher: read, publisher: send }],
  [
    'absent in two, and a send would be too early',
    { absent_reads: 2, retry_in_ms: 30 },
    { caller: wait(30), watcher: read, publisher: wait(30) },
  ],
  [
    'absent in two after its second send',
    { absent_reads: 2, attempt: 2 },
    { caller: others, watcher: read, publisher: inVain },
  ],
  [
    'absent in two, and may not be sent again',
    { absent_reads: 2, resendable: false },
    { caller: others, watcher: read, publisher: inVain },
  ],
  ['read back eleven times', { background_reads: 11 }, { caller: read, watcher: read, publisher: read }],
  ['read back twelve times', { background_reads: 12 }, { caller: read, watcher: never, publisher: never }],
  [
    'read back twelve times, and absent in the last',
    { background_reads: 12, absent_reads: 1 },
    { caller: read, watcher: read, publisher: read },
  ],
  [
    'read back once more, in vain',
    { background_reads: 13, absent_reads: 1 },
    { caller: read, watcher: never, publisher: never },
  ],
  [
    'read back twelve times, and absent',
    { background_reads: 12, absent_reads: 2, attempt: 2 },
    { caller: others, watcher: never, publisher: inVain },
  ],
  // age
  [
    'a day old, but for a moment',
    { first_attempt_age_ms: DAY_MS - 1 },
    { caller: read, watcher: read, publisher: read },
  ],
  ['a day old', { first_attempt_age_ms: DAY_MS }, { caller: read, watcher: never, publisher: never }],
  [
    'a day old, and absent',
    { first_attempt_age_ms: DAY_MS, absent_reads: 2 },
    { caller: send, watcher: never, publisher: send },
  ],
  // a second effect must be read back
  ['confirmed after two sends', { state: 'confirmed', verify: true }, { caller: done, watcher: read, publisher: done }],
  ['refused after two sends', { state: 'refused', verify: true }, { caller: done, watcher: read, publisher: done }],
  [
    'confirmed after two sends, a day ago',
    { state: 'confirmed', verify: true, first_attempt_age_ms: DAY_MS },
    { caller: done, watcher: never, publisher: done },
  ],
])('an intent that is %s', (_, fields, expected) => {
  test.each(ROLES)('is decided for a %s', (role) => {
    expect(decide({ ...UNKNOWN, ...fields }, role)).toEqual(expected[role]);
  });
});
