import type { DatabasePool } from 'slonik';
import { createPublicationRepository } from './repository.ts';
import { withdrawIntent } from './withdraw-intent.ts';

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
        const isUnsent = await withdrawIntent(connection, { account_id, id, intent_id });
        if (isUnsent) await publications.cancelLocked({ account_id, id });
      }
    });
