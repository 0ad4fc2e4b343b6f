import { z } from 'zod';
import { createConnectInstagram } from '../../lib/accounts/connect-instagram.ts';
import { createTokenCipher } from '../../lib/accounts/token-cipher.ts';
import { createCommentsPhase } from '../../lib/comments/comments-phase.ts';
import { databaseEnv, instagramEnv, syncQueueEnv, tokenEnv, workEnv } from '../../lib/config.ts';
import { createDatabase } from '../../lib/database/create-database.ts';
import { createInsightsPhase } from '../../lib/insights/insights-phase.ts';
import { logger } from '../../lib/logger.ts';
import { sleepUnlessStopping as sleep } from '../../lib/stopping.ts';
import { createSyncAdvance } from '../../lib/sync/advance.ts';
import { createMediaPhase } from '../../lib/sync/media-phase.ts';
import { createMissingPhase } from '../../lib/sync/missing-phase.ts';
import { createSyncRunRepository } from '../../lib/sync/repository.ts';
import { createSyncWake } from './sync-wake.ts';

/** What every function that works on sync runs reads from its environment. */
export const syncEnv = z.object({
  ...databaseEnv.shape,
  ...instagramEnv.shape,
  ...tokenEnv.shape,
  ...workEnv.shape,
  ...syncQueueEnv.shape,
});

/** Composes what the request that waits for a sync and the worker share: the run, and each of its phases. */
export const createSync = async (env: z.output<typeof syncEnv>) => {
  const database = await createDatabase(env);
  const runs = createSyncRunRepository(database);
  const now = () => performance.now();

  const wake = createSyncWake(env);
  const connectInstagram = createConnectInstagram({ database, cipher: createTokenCipher(env), env, now });
  const advance = createSyncAdvance({
    database,
    connectInstagram,
    phases: {
      media: createMediaPhase({ database, now, sleep }),
      missing: createMissingPhase({ database, now, sleep }),
      comments: createCommentsPhase({ database, now, sleep }),
      insights: createInsightsPhase({ database, graphVersion: env.GRAPH_API_VERSION, now, sleep }),
    },
    wake,
    leaseSeconds: env.LEASE_SECONDS,
    logger,
    now,
    random: Math.random,
    sleep,
  });
  return { database, runs, advance, wake, now, sleep };
};
