/** Every minute: wakes all work that is due. */
import { parseEnv } from '../lib/config.ts';
import { createDatabase } from '../lib/database/create-database.ts';
import { logger } from '../lib/logger.ts';
import { createDueSyncs } from '../lib/sync/due-syncs.ts';
import { createSyncSender, syncEnv } from '../lib/sync/engine.ts';
import { createSyncRunRepository } from '../lib/sync/repository.ts';
import { createTick } from '../lib/wake-ups/tick.ts';

const env = parseEnv(syncEnv);

export const handler = async (): Promise<void> => {
  const database = await createDatabase(env);
  const sender = createSyncSender(env);
  const work = [createDueSyncs({ runs: createSyncRunRepository(database), sender })];
  await createTick({ work, logger })();
};
