import type { ScenarioInput } from '../../../../local/simulator/scenarios/scenarios.ts';

/** Writes whose effect shows, and must show once. */
const ONCE = ['media.comment', 'comment.reply', 'user.media_publish'];
/** Writes that may be repeated. */
const REPEATABLE = ['comment.hide', 'comment.delete', 'media.toggle_comments', 'user.media.create'];
const WRITES = [...ONCE, ...REPEATABLE];

/** Answers to writes that are lost or refused: before the effect, or after it. */
export const LOST_WRITES: readonly ScenarioInput[] = [
  { kind: 'reset', on: { edge: WRITES } },
  { kind: 'reset', on: { edge: WRITES }, placement: 'after' },
  { kind: 'unavailable', on: { edge: WRITES } },
  { kind: 'unavailable', on: { edge: WRITES }, placement: 'after' },
  { kind: 'truncated', on: { edge: WRITES }, placement: 'after' },
  { kind: 'transient', on: { edge: WRITES }, placement: 'after' },
  { kind: 'hang', on: { edge: ONCE } },
  { kind: 'hang', on: { edge: ONCE }, placement: 'after' },
  { kind: 'blocked', on: { edge: ONCE }, code: 4 },
  { kind: 'blocked', on: { edge: ONCE }, code: 4, placement: 'after' },
];

const LISTS = ['user.media', 'media.comments', 'comment.replies'];
/** Reads that fail once, or show less than there is. */
export const LOST_READS: readonly ScenarioInput[] = [
  { kind: 'transient', on: { method: 'GET' } },
  { kind: 'html', on: { method: 'GET' }, status: 400 },
  { kind: 'reset', on: { method: 'GET' } },
  { kind: 'empty_list', on: { edge: LISTS } },
  { kind: 'short_pages', on: { edge: LISTS }, rows: 3 },
  { kind: 'count_mismatch', on: { method: 'GET' } },
];
