import type { DatabasePool } from 'slonik';
import { withdraw } from '../intents/index.ts';
import { createPublicationRepository } from './repository.ts';

/**
 * Cancels all publications of an account that nothing was published for yet, those under way too: whoever works at one loses
 * it. What may have been published already goes on to its end.
 */
export const createStopPublications =
  ({ database }: { database: DatabasePool }) =>
  (account_id: number): Promise<void> =>
    database.transaction(async (connection) => {
      const publications = createPublicationRepository(connection);
      for (const { id, intent_id } of await publications.lockUnpublished(account_id)) {
        const outcome = { status: 202, body: { publication_id: id } };
        const isUnsent =
          intent_id === null ||
          (await withdraw(connection, { account_id, id: intent_id }, { outcome, freeKey: false }));
        if (isUnsent) await publications.cancelLocked({ account_id, id });
      }
    });
