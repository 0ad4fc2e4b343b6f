import { sql } from 'slonik';
import { z } from 'zod';
import { startService } from './service.ts';

const inMsSchema = z.strictObject({ ms: z.number().nullable() });

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

  /** Lets time pass until a publication is due: its scheduled time has come, and nothing delays it. */
  const come = async (id: number): Promise<void> => {
    const ms = await pool.oneFirst(sql.type(inMsSchema)`
      SELECT extract(epoch FROM greatest(due_at, resumes_at, next_wake_at) - service_now())::float8 * 1000 AS ms
      FROM publications WHERE id = ${id}
    `);
    await letPass(Math.max(0, Math.ceil(ms ?? 0)));
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

  return { ...service, come, reset, countIntents, published, calls };
};
