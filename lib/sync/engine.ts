import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { createConnectInstagram } from '../accounts/connect-instagram.ts';
import { createTokenCipher } from '../accounts/token-cipher.ts';
import { databaseEnv, instagramEnv, syncQueueEnv, tokenEnv, workEnv } from '../config.ts';
import { createDatabase } from '../database/create-database.ts';
import { errorFields, logger } from '../logger.ts';
import { createSender } from '../queue/sender.ts';
import { createAdvance } from './advance.ts';
import { createMediaPhase } from './media-phase.ts';
import { type SyncMessage, syncMessageSchema } from './message.ts';
import { createMissingPhase } from './missing-phase.ts';
import { createSyncRunRepository, type RunKey } from './repository.ts';

/** What every function that works on sync runs reads from its environment. */
export const syncEnv = z.object({
  ...databaseEnv.shape,
  ...instagramEnv.shape,
  ...tokenEnv.shape,
  ...workEnv.shape,
  ...syncQueueEnv.shape,
});
export type SyncEnv = z.output<typeof syncEnv>;

/** SQS delays a message by 15 minutes at most; a wake-up further away is the tick's. */
const LONGEST_DELAY_SECONDS = 900;

export const createSyncSender = (env: SyncEnv) =>
  createSender({
    queueUrl: env.SYNC_QUEUE_URL,
    endpoint: env.AWS_ENDPOINT_URL_SQS,
    region: env.AWS_REGION,
    schema: syncMessageSchema,
  });

/** Composes the parts that the waiting request and the worker share. */
export const createSyncEngine = async (env: SyncEnv) => {
  const database = await createDatabase(env);
  const runs = createSyncRunRepository(database);
  const sender = createSyncSender(env);
  const now = () => performance.now();

  const wake = async ({ account_id, id }: RunKey, delaySeconds: number): Promise<void> => {
    if (delaySeconds > LONGEST_DELAY_SECONDS) return;
    const message: SyncMessage = { account_id, sync_run_id: id };
    try {
      await sender.send(message, { delaySeconds: Math.ceil(delaySeconds) });
    } catch (error) {
      // The row is committed: a wake-up that is lost only costs time, until the tick repeats it.
      logger.error('wake-up not sent', {
        event: 'wake_up_lost',
        account_id,
        sync_run_id: id,
        error: errorFields(error),
      });
    }
  };

  const connectInstagram = createConnectInstagram({ database, cipher: createTokenCipher(env), env, now });
  const advance = createAdvance({
    database,
    connectInstagram,
    phases: { media: createMediaPhase({ database, now, sleep }), missing: createMissingPhase({ database }) },
    wake,
    leaseSeconds: env.LEASE_SECONDS,
    logger,
    now,
    random: Math.random,
    sleep,
  });
  return { database, runs, advance, wake, now, sleep };
};
