import { createDueWork } from '../wake-ups/due-work.ts';
import type { DueWork } from '../wake-ups/tick.ts';
import type { IntentMessage } from './message.ts';
import type { IntentRepository } from './repository.ts';

/** Intents that are due to be looked at, for the tick. It wakes; whoever is woken looks, and sends nothing to Instagram. */
export const createDueIntents = ({
  intents,
  sender,
}: {
  intents: Pick<IntentRepository, 'claimDue'>;
  sender: { sendMany: (messages: readonly IntentMessage[]) => Promise<void> };
}): DueWork =>
  createDueWork({
    kind: 'intent',
    rows: intents,
    sender,
    toMessage: ({ account_id, id }) => ({ account_id, intent_id: id }),
  });

/** Intents whose keys are kept no longer (30 days): forgotten by the tick itself, a batch at a time. */
export const createExpiredIntents = ({ intents }: { intents: Pick<IntentRepository, 'deleteExpired'> }): DueWork => ({
  kind: 'expired_intent',
  wakeDue: (limit) => intents.deleteExpired(limit),
});
