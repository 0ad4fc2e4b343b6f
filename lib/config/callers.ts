import { z } from 'zod';

const limit = (most: number) => z.coerce.number({ error: 'must be a whole number' }).int().min(0).max(most);

/** What one caller may use; 0: as much as it likes. */
export const callerEnv = z.object({
  CALLER_REQUESTS_PER_SECOND: limit(10_000).default(50),
  CALLER_UPLOAD_MB_PER_DAY: limit(1_000_000).default(10_240),
  CALLER_CONNECTS_PER_HOUR: limit(10_000).default(30),
});
