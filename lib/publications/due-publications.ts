import { createDueWork } from '../wake-ups/due-work.ts';
import type { DueWork } from '../wake-ups/tick.ts';
import type { PublicationMessage } from './message.ts';
import type { PublicationRepository } from './repository.ts';

/** Publications that are due, scheduled ones included, for the tick. */
export const createDuePublications = ({
  publications,
  sender,
}: {
  publications: Pick<PublicationRepository, 'claimDue'>;
  sender: { sendMany: (messages: readonly PublicationMessage[]) => Promise<void> };
}): DueWork =>
  createDueWork({
    kind: 'publication',
    rows: publications,
    sender,
    toMessage: ({ account_id, id }) => ({ account_id, publication_id: id }),
  });
