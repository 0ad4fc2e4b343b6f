import { type AdvanceDeps, createAdvance } from '../wake-ups/advance.ts';
import type { Turn } from '../wake-ups/turn.ts';
import { type AccountTaskRepository, createAccountTaskRepository } from './repository.ts';
import { type AccountTaskRow, TASKS, type TaskName } from './schema.ts';

export type AccountTaskTurn = Turn<AccountTaskRepository, AccountTaskRow>;

/** Does a task once; may be repeated. Gives the seconds until it is due again. */
export type AccountTask = (turn: AccountTaskTurn, row: AccountTaskRow) => Promise<number>;

const isKnown = (task: string): task is TaskName => (TASKS as readonly string[]).includes(task);

/** Does one task of an account, and says when it is due again. */
export const createAccountTaskAdvance = ({
  tasks,
  ...deps
}: AdvanceDeps & { tasks: Readonly<Record<TaskName, AccountTask>> }) =>
  createAdvance<AccountTaskRow, AccountTaskRepository>(
    {
      name: 'account_task',
      idsOf: ({ account_id, id }) => ({ account_id, account_task_id: id }),
      rowsOf: createAccountTaskRepository,
      perform: async (turn, row) => {
        // A newer version has planned it: that one does it, where it is deployed again.
        const pauseSeconds = isKnown(row.task) ? await tasks[row.task](turn, row) : row.every_seconds;
        await turn.write((rows) => rows.finish(turn.lease, pauseSeconds));
      },
      fail: (rows, lease, failure) => rows.fail(lease, failure),
    },
    deps,
  );
