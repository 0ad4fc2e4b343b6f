/** Wake-ups for what is done for accounts by itself: does the named task, where it is due. */
import { accountTaskMessageSchema } from '../lib/account-tasks/message.ts';
import { parseEnv } from '../lib/config.ts';
import { queueHandler } from '../lib/queue/queue-handler.ts';
import { accountTaskEnv, createAccountTasks } from './compose/account-tasks.ts';

const env = parseEnv(accountTaskEnv);
const compose = async () => ({ advance: await createAccountTasks(env) });

export const handler = queueHandler(
  accountTaskMessageSchema,
  compose,
  async ({ account_id, account_task_id }, { advance }, { deadline }) => {
    await advance({ account_id, id: account_task_id }, deadline);
  },
);
