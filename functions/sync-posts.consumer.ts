/** Wake-ups for sync runs: takes the named run as far as this invocation's time allows. */
import { parseEnv } from '../lib/config.ts';
import { queueHandler } from '../lib/queue/queue-handler.ts';
import { syncMessageSchema } from '../lib/sync/message.ts';
import { createSync, syncEnv } from './compose/sync.ts';

const env = parseEnv(syncEnv);

export const handler = queueHandler(
  syncMessageSchema,
  () => createSync(env),
  async ({ account_id, sync_run_id }, { advance }, { deadline }) => {
    await advance({ account_id, id: sync_run_id }, deadline);
  },
);
