import { sql } from 'slonik';
import { z } from 'zod';
import { startService } from './service.ts';

/** How far the simulated Instagram's clock is ahead of ours. */
const clock = { aheadMs: 0 };

/**
 * A service to publish with, times short enough for tests. Call it at the top level of a test file, before importing a
 * handler; like `startService`, with what such tests look at and turn. `environment` adds to it.
 */
export const startPublicationService = async (environment: Readonly<Record<string, string>> = {}) => {
  const service = await startService({
    simulator: { media: 3, now: () => Date.now() + clock.aheadMs },
    environment: {
      INTENT_SEND_SECONDS: '2',
      INTENT_SETTLE_SECONDS: '0.1',
      INTENT_SPACING_SECONDS: '0.02',
      ...environment,
    },
  });
  const { pool, simulator } = service;

  /** As after `hours`, for Instagram and for us; leases and what is being sent stay as they are. */
  const letTimePass = async (hours = 0): Promise<void> => {
    clock.aheadMs += hours * 3_600_000;
    const passed = sql.fragment`make_interval(hours => ${hours}::int)`;
    await pool.query(sql.unsafe`
      UPDATE publications SET resumes_at = service_now()
      WHERE resumes_at > service_now() AND status <> 'scheduled'
    `);
    await pool.query(sql.unsafe`
      UPDATE publications SET due_at = due_at - ${passed}, published_at = published_at - ${passed}, next_wake_at = service_now()
      WHERE next_wake_at IS NOT NULL AND lease_until IS NULL
    `);
    await pool.query(sql.unsafe`
      UPDATE containers SET created_at = created_at - ${passed} - interval '1 second'
    `);
    await pool.query(sql.unsafe`
      UPDATE intents SET
        not_before = service_now(), next_read_at = least(next_read_at, greatest(settle_until, service_now())),
        first_attempt_at = first_attempt_at - ${passed}, settle_until = settle_until - interval '1 second' - ${passed}
      WHERE state IN ('pending', 'unknown')
    `);
    await pool.query(sql.unsafe`UPDATE usage SET throttled_until = NULL, writes_blocked_until = NULL`);
  };

  const reset = async (): Promise<void> => {
    clock.aheadMs = 0;
    await pool.query(sql.unsafe`TRUNCATE posts, comments, publications, intents, usage CASCADE`);
    await pool.query(sql.unsafe`UPDATE accounts SET token_state = 'alive'`);
    simulator.reset();
  };

  const countIntents = (state: string): Promise<number> =>
    pool.oneFirst(sql.type(z.strictObject({ count: z.int() }))`SELECT count(*) FROM intents WHERE state = ${state}`);

  /** Ids of what is on Instagram beyond what was there at first, newest first. */
  const published = (): string[] =>
    simulator.world
      .media()
      .slice(0, -3)
      .map(({ id }) => id);
  const calls = (edge: string): number => simulator.calls.count({ edge });

  return { ...service, letTimePass, reset, countIntents, published, calls };
};
