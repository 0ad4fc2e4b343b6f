import { createDueWork } from '../wake-ups/due-work.ts';
import type { DueWork } from '../wake-ups/tick.ts';
import type { SyncMessage } from './message.ts';
import type { SyncRunRepository } from './repository.ts';

/** Sync runs that are due, for the tick. */
export const createDueSyncs = ({
  runs,
  sender,
}: {
  runs: Pick<SyncRunRepository, 'claimDue'>;
  sender: { sendMany: (messages: readonly SyncMessage[]) => Promise<void> };
}): DueWork =>
  createDueWork({
    kind: 'sync',
    rows: runs,
    sender,
    toMessage: ({ account_id, id }) => ({ account_id, sync_run_id: id }),
  });
