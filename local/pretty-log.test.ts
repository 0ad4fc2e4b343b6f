import { expect, test } from '@jest/globals';
import { createPrettyLog } from './pretty-log.ts';

const plain = () => {
  const pretty = createPrettyLog((_colour, text) => text);
  const base = { level: 'INFO', timestamp: '2026-12-01T10:11:12.345Z', service: 'instagram', message: 'said' };
  return (item: Record<string, unknown>) => pretty({ ...base, ...item })?.replace(/^\d\d:\d\d:\d\d /, '') ?? null;
};

test('a request is one line with route, status and time; its start is not shown', () => {
  const say = plain();

  expect(say({ event: 'request_started', route: 'POST /sync' })).toBeNull();
  expect(say({ event: 'message_received', message: 'message received', attempt: 1 })).toBeNull();
  expect(say({ event: 'request_finished', route: 'POST /sync', status: 200, ms: 1_234 })).toBe('POST /sync 200 1.2 s');
  expect(say({ event: 'request_finished', route: 'GET /posts', status: 400, code: 'invalid_cursor', ms: 3 })).toBe(
    'GET /posts 400 invalid_cursor 3 ms',
  );
});

test('a sync shows its progress and its end, each run by itself', () => {
  const say = plain();

  expect(say({ event: 'page_stored', sync_run_id: 7, media: 100 })).toBe('sync 7: 100 media');
  expect(say({ event: 'page_stored', sync_run_id: 8, media: 5 })).toBe('sync 8: 5 media');
  expect(say({ event: 'page_stored', sync_run_id: 7, media: 50 })).toBe('sync 7: 150 media');
  expect(say({ event: 'posts_visited', sync_run_id: 7, what: 'insights', posts: 100 })).toBe(
    'sync 7: insights of 100 posts',
  );
  expect(say({ event: 'posts_visited', sync_run_id: 7, what: 'comments', posts: 150 })).toBe(
    'sync 7: comments of 150 posts',
  );
  expect(say({ event: 'posts_visited', sync_run_id: 7, what: 'insights', posts: 20 })).toBe(
    'sync 7: insights of 120 posts',
  );
  expect(say({ event: 'sync_succeeded', sync_run_id: 7, created: 150, updated: 0, unchanged: 2 })).toBe(
    'sync 7 succeeded: 150 created, 2 unchanged',
  );
  expect(say({ event: 'sync_succeeded', sync_run_id: 9 })).toBe('sync 9 succeeded: nothing to do');
});

test('an error is shown with all that is known about it', () => {
  const error = { name: 'Error', code: 'ECONNREFUSED', stack: 'Error\n    at work (file.ts:1)' };

  expect(plain()({ level: 'WARN', event: 'queue_away', message: 'queue does not answer', queue: 'q', error })).toBe(
    'WARN queue does not answer queue=q name=Error code=ECONNREFUSED\n  Error\n      at work (file.ts:1)',
  );
  expect(plain()({ level: 'ERROR', event: 'tick', message: 'tick failed', seconds: 5 })).toBe(
    'ERROR tick failed seconds=5',
  );
});
