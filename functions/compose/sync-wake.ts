import type { z } from 'zod';
import type { syncQueueEnv } from '../../lib/config.ts';
import { logger } from '../../lib/logger.ts';
import { createSyncSender } from '../../lib/sync/sender.ts';
import { createWake } from '../../lib/wake-ups/wake.ts';

/** Wakes a worker for a sync run. */
export const createSyncWake = (env: z.output<typeof syncQueueEnv>) =>
  createWake({
    sender: createSyncSender(env),
    toMessage: ({ account_id, id }) => ({ account_id, sync_run_id: id }),
    logger,
  });
