import { z } from 'zod';
import { seconds } from './values.ts';

/** Times of background work. Tests use shorter ones, to recover from a crash within their patience. */
export const workEnv = z.object({
  LEASE_SECONDS: seconds(60),
});

/** How often an account that is connected now is synced by itself; 0: on request only. PATCH changes it. */
export const scheduleEnv = z.object({
  SYNC_INTERVAL_MINUTES: z.coerce.number({ error: 'must be a number of minutes' }).int().min(0).max(1_440).default(60),
});

/**
 * How long a write to Instagram may take, how long after it an effect may need to show, and the time between two
 * read-backs that count. Tests use shorter ones.
 */
export const intentEnv = z.object({
  INTENT_SEND_SECONDS: seconds(10),
  INTENT_SETTLE_SECONDS: seconds(5),
  INTENT_SPACING_SECONDS: seconds(3),
});
