import { sql } from 'slonik';
import { z } from 'zod';
import { startService } from './service.ts';

/** After this, Instagram has prepared what it was sent, and a new container's status may be read. */
const MOMENT_MS = 1_000;

/**
 * A service to publish with, times short enough for tests. Call it at the top level of a test file, before importing a
 * handler; like `startService`, with what such tests look at and turn. `environment` adds to it.
 */
export const startPublicationService = async (environment: Readonly<Record<string, string>> = {}) => {
  const service = await startService({
    simulator: { media: 3 },
    environment: {
      INTENT_SEND_SECONDS: '2',
      INTENT_SETTLE_SECONDS: '0.1',
      INTENT_SPACING_SECONDS: '0.02',
      ...environment,
    },
  });
  const { pool, simulator, letPass } = service;

  /**
   * Lets time pass until all that waits is due, and the lease of a worker that was cut off has ended; then so many hours
   * more.
   */
  const letTimePass = async (hours = 0): Promise<void> => {
    const waitMs = await pool.oneFirst(sql.type(z.strictObject({ ms: z.number() }))`
      SELECT greatest(0, extract(epoch FROM max(until) - service_now())::float8 * 1000) AS ms FROM (
        SELECT greatest(resumes_at, next_wake_at, lease_until) AS until FROM publications
        WHERE status <> 'scheduled' AND next_wake_at IS NOT NULL
        UNION ALL SELECT greatest(send_by, not_before, next_read_at, settle_until) FROM intents
        WHERE state IN ('sending', 'pending', 'unknown')
        UNION ALL SELECT greatest(throttled_until, writes_blocked_until) FROM usage
      ) AS waiting
    `);
    await letPass(Math.ceil(waitMs) + MOMENT_MS + hours * 3_600_000);
  };

  const reset = async (): Promise<void> => {
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
