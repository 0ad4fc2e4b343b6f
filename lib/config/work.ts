import { z } from 'zod';
import { seconds } from './values.ts';

/** Timings of background work; shorter in tests, so that a crash is recovered within their patience. */
export const workEnv = z.object({
  LEASE_SECONDS: seconds(60),
});

/**
 * How long a write to Instagram may be under way, how long after that its effect may take to show, and how far apart two
 * looks for it must be. Shorter in tests.
 */
export const intentEnv = z.object({
  INTENT_SEND_SECONDS: seconds(10),
  INTENT_SETTLE_SECONDS: seconds(5),
  INTENT_SPACING_SECONDS: seconds(3),
});
