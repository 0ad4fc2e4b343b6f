/** What a large first sync leaves behind: lists and searches are fast at once, not when autovacuum has come by. */
import { expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { z } from 'zod';
import { invoke } from '../lib/testing/invoke.ts';
import { startService } from '../lib/testing/service.ts';

const POSTS = 1_200;
const { pool } = await startService({ simulator: { media: POSTS } });
const { handler: startSync } = await import('./start-sync.ts');

/** Rows the planner knows of; -1: it knows nothing. */
const knownRows = () =>
  pool.oneFirst(sql.type(z.strictObject({ rows: z.number() }))`
    SELECT reltuples::float8 AS rows FROM pg_class WHERE oid = 'posts'::regclass
  `);
/** Merges what waits for the search index. */
const countWaiting = () =>
  pool.oneFirst(
    sql.type(z.strictObject({ pages: z.int() }))`SELECT gin_clean_pending_list('posts_caption_search') AS pages`,
  );

test('a large first sync merges the captions into the search index and tells the planner of the posts', async () => {
  await pool.query(sql.unsafe`ALTER TABLE posts SET (autovacuum_enabled = off)`);

  expect(await invoke(startSync, '/sync')).toMatchObject({
    status: 200,
    body: { status: 'succeeded', created: POSTS },
  });

  expect(await knownRows()).toBe(POSTS);
  expect(await countWaiting()).toBe(0);
});

test('a large first sync whose posts cannot be tidied has succeeded all the same', async () => {
  await pool.query(sql.unsafe`TRUNCATE posts, sync_runs CASCADE`);
  await pool.query(sql.unsafe`ALTER FUNCTION tidy_mirror RENAME TO tidy_mirror_elsewhere`);

  expect(await invoke(startSync, '/sync')).toMatchObject({
    status: 200,
    body: { status: 'succeeded', created: POSTS },
  });

  expect(await knownRows()).toBe(-1); // truncated since
});
