/** Every minute: wakes all work that is due. */
import { z } from 'zod';
import { intentsQueueEnv, parseEnv } from '../lib/config.ts';
import { createDatabase } from '../lib/database/create-database.ts';
import { createDueIntents, createExpiredIntents } from '../lib/intents/due-intents.ts';
import { createIntentSender } from '../lib/intents/engine.ts';
import { createIntentRepository } from '../lib/intents/repository.ts';
import { logger } from '../lib/logger.ts';
import { createDueSyncs } from '../lib/sync/due-syncs.ts';
import { createSyncSender, syncEnv } from '../lib/sync/engine.ts';
import { createSyncRunRepository } from '../lib/sync/repository.ts';
import { createTick } from '../lib/wake-ups/tick.ts';

const env = parseEnv(z.object({ ...syncEnv.shape, ...intentsQueueEnv.shape }));

export const handler = async (): Promise<void> => {
  const database = await createDatabase(env);
  const intents = createIntentRepository(database);
  const work = [
    createDueSyncs({ runs: createSyncRunRepository(database), sender: createSyncSender(env) }),
    createDueIntents({ intents, sender: createIntentSender(env) }),
    createExpiredIntents({ intents }),
  ];
  await createTick({ work, logger })();
};
