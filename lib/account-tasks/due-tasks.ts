import { createDueWork } from '../wake-ups/due-work.ts';
import type { DueWork } from '../wake-ups/tick.ts';
import type { AccountTaskMessage } from './message.ts';
import type { AccountTaskRepository } from './repository.ts';
import { EVERY_SECONDS } from './schedule.ts';

/** Tasks of accounts that are due, for the tick. Before it claims any, each account gets the tasks that it should have. */
export const createDueTasks = ({
  tasks,
  sender,
}: {
  tasks: Pick<AccountTaskRepository, 'plan' | 'hasten' | 'spreadOverdue' | 'claimDue'>;
  sender: { sendMany: (messages: readonly AccountTaskMessage[]) => Promise<void> };
}): DueWork => {
  const { kind, wakeDue } = createDueWork({
    kind: 'account_task',
    rows: tasks,
    sender,
    toMessage: ({ account_id, id }) => ({ account_id, account_task_id: id }),
  });
  return {
    kind,
    wakeDue: async (limit) => {
      await tasks.plan(EVERY_SECONDS);
      await tasks.hasten('refresh_token');
      await tasks.spreadOverdue();
      return await wakeDue(limit);
    },
  };
};
