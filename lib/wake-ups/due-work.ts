import type { DueWork } from './tick.ts';
import type { WorkKey } from './turn.ts';

/** The due rows of one table, for the tick: it claims them and sends a wake-up for each. */
export const createDueWork = <Message>({
  kind,
  rows,
  sender,
  toMessage,
}: {
  kind: string;
  rows: { claimDue: (limit: number) => Promise<readonly WorkKey[]> };
  sender: { sendMany: (messages: readonly Message[]) => Promise<void> };
  toMessage: (key: WorkKey) => Message;
}): DueWork => ({
  kind,
  wakeDue: async (limit) => {
    const due = await rows.claimDue(limit);
    if (due.length > 0) await sender.sendMany(due.map(toMessage));
    return due.length;
  },
});
