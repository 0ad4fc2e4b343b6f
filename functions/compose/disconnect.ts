import type { DatabasePool } from 'slonik';
import { createDisconnectAccount } from '../../lib/accounts/disconnect-account.ts';
import { createStopPublications } from '../../lib/publications/stop-publications.ts';
import { createSyncRunRepository } from '../../lib/sync/repository.ts';

/** Composes how an account is disconnected: what each feature has under way for it is stopped. */
export const createDisconnect = (database: DatabasePool) => {
  const stopPublications = createStopPublications({ database });
  return createDisconnectAccount({
    database,
    stopWork: async (accountId) => {
      await createSyncRunRepository(database).requestCancelOfActive(accountId);
      await stopPublications(accountId);
    },
  });
};
