import { z } from 'zod';
import { createConnectInstagram } from '../accounts/connect-instagram.ts';
import { createTokenCipher } from '../accounts/token-cipher.ts';
import { createCommentsPhase } from '../comments/comments-phase.ts';
import { databaseEnv, instagramEnv, syncQueueEnv, tokenEnv, workEnv } from '../config.ts';
import { createDatabase } from '../database/create-database.ts';
import { createInsightsPhase } from '../insights/insights-phase.ts';
import { logger } from '../logger.ts';
import { sleepUnlessStopping as sleep } from '../stopping.ts';
import { createWake } from '../wake-ups/wake.ts';
import { createSyncAdvance } from './advance.ts';
import { createMediaPhase } from './media-phase.ts';
import { createMissingPhase } from './missing-phase.ts';
import { createSyncRunRepository } from './repository.ts';
import { createSyncSender } from './sender.ts';

/** What every function that works on sync runs reads from its environment. */
export const syncEnv = z.object({
  ...databaseEnv.shape,
  ...instagramEnv.shape,
  ...tokenEnv.shape,
  ...workEnv.shape,
  ...syncQueueEnv.shape,
});
export type SyncEnv = z.output<typeof syncEnv>;

/** Composes the parts that the waiting request and the worker share. */
export const createSyncEngine = async (env: SyncEnv) => {
  const database = await createDatabase(env);
  const runs = createSyncRunRepository(database);
  const now = () => performance.now();

  const wake = createWake({
    sender: createSyncSender(env),
    toMessage: ({ account_id, id }) => ({ account_id, sync_run_id: id }),
    logger,
  });
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
