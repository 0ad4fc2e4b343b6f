/** Wake-ups for sync runs: takes the named run as far as this invocation's time allows. */
import { parseEnv } from '../lib/config.ts';
import { queueHandler } from '../lib/queue/queue-handler.ts';
import { createSyncEngine, syncEnv } from '../lib/sync/engine.ts';
import { syncMessageSchema } from '../lib/sync/message.ts';

const env = parseEnv(syncEnv);

export const handler = queueHandler(
  syncMessageSchema,
  () => createSyncEngine(env),
  async ({ account_id, sync_run_id }, { advance }, { deadline }) => {
    await advance({ account_id, id: sync_run_id }, deadline);
  },
);
