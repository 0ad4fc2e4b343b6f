/** Every minute: wakes all work that is due, and writes the service's vital figures to the log. */
import { z } from 'zod';
import { createDueTasks } from '../lib/account-tasks/due-tasks.ts';
import { createAccountTaskRepository } from '../lib/account-tasks/repository.ts';
import { createAccountTaskSender } from '../lib/account-tasks/sender.ts';
import { COMMENT_KINDS } from '../lib/comments/comment-intent.ts';
import { createDueWrites } from '../lib/comments/due-writes.ts';
import { createOpenWriteRepository } from '../lib/comments/open-write-repository.ts';
import {
  accountsQueueEnv,
  databaseEnv,
  intentsQueueEnv,
  parseEnv,
  publicationsQueueEnv,
  syncQueueEnv,
} from '../lib/config.ts';
import { createDatabase } from '../lib/database/create-database.ts';
import { createIntentSender, createIntentWork } from '../lib/intents/index.ts';
import { logger } from '../lib/logger.ts';
import { createDuePublications } from '../lib/publications/due-publications.ts';
import { createPublicationRepository } from '../lib/publications/repository.ts';
import { createPublicationSender } from '../lib/publications/sender.ts';
import { createDueSyncs } from '../lib/sync/due-syncs.ts';
import { createSyncRunRepository } from '../lib/sync/repository.ts';
import { createSyncSender } from '../lib/sync/sender.ts';
import { createVitalsRepository } from '../lib/vitals/repository.ts';
import { createTakeVitals } from '../lib/vitals/take-vitals.ts';
import { createTick } from '../lib/wake-ups/tick.ts';

const env = parseEnv(
  z.object({
    ...databaseEnv.shape,
    ...syncQueueEnv.shape,
    ...intentsQueueEnv.shape,
    ...publicationsQueueEnv.shape,
    ...accountsQueueEnv.shape,
  }),
);

export const handler = async (): Promise<void> => {
  const database = await createDatabase(env);
  const work = [
    createDueTasks({ tasks: createAccountTaskRepository(database), sender: createAccountTaskSender(env) }),
    createDueSyncs({ runs: createSyncRunRepository(database), sender: createSyncSender(env) }),
    createDuePublications({
      publications: createPublicationRepository(database),
      sender: createPublicationSender(env),
    }),
    ...createIntentWork(database, { watched: COMMENT_KINDS, sender: createIntentSender(env) }),
    createDueWrites({ writes: createOpenWriteRepository(database), env }),
  ];
  try {
    await createTick({ work, logger })();
  } finally {
    await createTakeVitals({ vitals: createVitalsRepository(database), logger })();
  }
};
