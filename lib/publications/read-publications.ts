import type { DatabasePool } from 'slonik';
import type { AccountScope } from '../database/account-scope.ts';
import { ServiceError } from '../errors.ts';
import { createListById } from '../pagination.ts';
import { createPublicationRepository, type PublicationRepository } from './repository.ts';
import type { PublicationRow } from './schema.ts';
import { withdrawIntent } from './withdraw-intent.ts';

/** Publications of one account, newest first, a page at a time. @throws {ServiceError} `invalid_cursor`. */
export const createListPublications = ({ publications }: { publications: Pick<PublicationRepository, 'list'> }) =>
  createListById('publications', publications.list);

/** One publication, if its account is in the scope. @throws {ServiceError} `publication_not_found`. */
export const createGetPublication =
  ({ publications }: { publications: Pick<PublicationRepository, 'find'> }) =>
  async (scope: AccountScope, id: number): Promise<PublicationRow> => {
    const row = await publications.find(scope, id);
    if (row === null) throw new ServiceError('publication_not_found', 'There is no such publication');
    return row;
  };

/** Cancels a publication that nothing was done for yet: it and its intent end together, so nobody sends it. */
export const createCancelPublication = ({ database }: { database: DatabasePool }) => {
  const getPublication = createGetPublication({ publications: createPublicationRepository(database) });
  return async (scope: AccountScope, id: number): Promise<PublicationRow> => {
    const found = await getPublication(scope, id);
    return await database.transaction(async (connection) => {
      const cancelled = await createPublicationRepository(connection).cancel(found);
      if (cancelled === null) {
        throw new ServiceError('publication_not_cancellable', 'The publication is under way, or has ended already');
      }
      await withdrawIntent(connection, cancelled);
      return cancelled;
    });
  };
};
