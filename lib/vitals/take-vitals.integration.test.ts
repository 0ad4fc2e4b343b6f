import { beforeEach, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { METRICS } from '../metric-names.ts';
import { createTestDatabase } from '../testing/postgres.ts';
import { createVitalsRepository, vitalsSchema } from './repository.ts';
import { createTakeVitals } from './take-vitals.ts';

const { pool } = await createTestDatabase();
const vitals = createVitalsRepository(pool);

beforeEach(async () => {
  await pool.query(sql.unsafe`TRUNCATE accounts RESTART IDENTITY CASCADE`);
  await pool.query(sql.unsafe`
    INSERT INTO accounts (instagram_id, login, token_ciphertext, token_key_id, token_cipher_version, token_state, token_expires_at)
    VALUES
      ('1', 'instagram', '', '', 1, 'alive', now() + interval '40 days'),
      ('2', 'instagram', '', '', 1, 'alive', now() + interval '6 days'),
      ('3', 'instagram', '', '', 1, 'dead', now() - interval '1 day'),
      ('4', 'facebook', '', '', 1, 'alive', NULL)
  `);
});

const ago = (interval: string) => sql.fragment`now() - ${interval}::interval`;
/** One after the other, as ids grow with time. */
const runs = async (...rows: [account: number, status: string, requested: string, warnings?: string][]) => {
  for (const [account, status, requested, warnings = '{}'] of rows) {
    await pool.query(sql.unsafe`
      INSERT INTO sync_runs (account_id, id, mode, status, requested_at, finished_at, warnings)
      VALUES (
        ${account}, next_row_id(${account}), 'full', ${status}, ${ago(requested)},
        ${['succeeded', 'failed'].includes(status) ? ago(requested) : sql.fragment`NULL`}, ${warnings}::text[]
      )
    `);
  }
};
const intent = (state: string, age: string, kind = 'comment') =>
  pool.query(sql.unsafe`
    INSERT INTO intents (account_id, id, kind, target_id, text_digest, state, send_by, idempotency_key, request_hash, next_wake_at, created_at)
    VALUES (1, next_row_id(1), ${kind}, '1', '', ${state}, now(), ${`${state}${age}${kind}`}, '', now(), ${ago(age)})
  `);

test('an empty service is well', async () => {
  await pool.query(sql.unsafe`TRUNCATE accounts CASCADE`);

  const { RateLimitHeadroomPercent, OldestUnfinishedSyncSeconds, ...rest } = await vitals.read();

  expect([RateLimitHeadroomPercent, OldestUnfinishedSyncSeconds]).toEqual([null, null]);
  expect(Object.values(rest).filter(Boolean)).toEqual([]);
});

test('tells dead tokens from those that will soon be, and from those that never expire', async () => {
  expect(await vitals.read()).toMatchObject({ DeadTokens: 1, FadingTokens: 1, DyingTokens: 1, EndingTokens: 0 });
});

test('syncs: the oldest that has not ended, the account furthest behind, and those held back last', async () => {
  await runs(
    [1, 'succeeded', '3 days', '{shrink_guard}'], // it was confirmed since
    [2, 'succeeded', '10 minutes', '{shrink_guard}'],
    [1, 'succeeded', '1 hour'],
    [1, 'failed', '30 minutes'],
    [2, 'waiting', '5 minutes'],
    [3, 'queued', '2 minutes'],
  );

  const { SyncLagSeconds, OldestUnfinishedSyncSeconds, HeldBackSyncs } = await vitals.read();

  expect(SyncLagSeconds).toBeGreaterThanOrEqual(3_600);
  expect(SyncLagSeconds).toBeLessThan(3_700);
  expect(OldestUnfinishedSyncSeconds).toBeGreaterThanOrEqual(300);
  expect(OldestUnfinishedSyncSeconds).toBeLessThan(400);
  expect(HeldBackSyncs).toBe(1);
});

test('tasks count as late when they have been due for longer than their period', async () => {
  await pool.query(sql.unsafe`
    INSERT INTO account_tasks (account_id, id, task, every, due_at, next_wake_at) VALUES
      (1, 1, 'sync_hot', '1 hour', ${ago('61 minutes')}, now()), (2, 2, 'sync_hot', '1 hour', ${ago('59 minutes')}, now()),
      (1, 3, 'sync_full', '7 days', ${ago('6 days')}, now()), (2, 4, 'sync_full', '7 days', now() + interval '1 day', now())
  `);
  expect((await vitals.read()).LateTasks).toBe(1);
});

test('the limit of Instagram: the account with the least left counts, and only what was heard within the hour', async () => {
  await pool.query(sql.unsafe`
    INSERT INTO usage (account_id, percent, observed_at, throttled_until, writes_blocked_until) VALUES
      (1, 40, now(), now() + interval '5 minutes', NULL),
      (2, 75, now(), now() - interval '5 minutes', now() + interval '1 hour'),
      (3, 100, now() - interval '2 hours', NULL, NULL)
  `);

  expect(await vitals.read()).toMatchObject({ RateLimitHeadroomPercent: 25, ThrottledAccounts: 1, BlockedAccounts: 1 });
});

test('writes: how many are open in which state, and for how long nobody has known', async () => {
  await intent('sending', '1 second');
  await intent('unknown', '2 hours');
  await intent('unknown', '5 minutes');
  await intent('unknown', '9 hours', 'publish'); // counted as its publication

  const { IntentsSending, IntentsUnknown, OldestUnknownIntentSeconds } = await vitals.read();

  expect([IntentsSending, IntentsUnknown]).toEqual([1, 2]);
  expect(OldestUnknownIntentSeconds).toBeGreaterThanOrEqual(7_200);
  expect(OldestUnknownIntentSeconds).toBeLessThan(7_300);
});

test('every vital sign is a metric, and nothing known is not nothing left', async () => {
  const lines: unknown[] = [];
  const logger = { info: (...line: unknown[]) => lines.push(line) };

  await createTakeVitals({ vitals, logger })();

  expect(Object.keys(vitalsSchema.shape).filter((name) => !(name in METRICS))).toEqual([]);
  expect(lines).toEqual([['vitals', expect.objectContaining({ event: 'vitals', DeadTokens: 1 })]]);
  expect(lines).not.toEqual([
    [expect.anything(), expect.objectContaining({ RateLimitHeadroomPercent: expect.anything() })],
  ]);
});
