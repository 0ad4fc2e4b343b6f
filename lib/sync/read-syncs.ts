import type { AccountScope } from '../database/account-scope.ts';
import { ServiceError } from '../errors.ts';
import { createListById } from '../pagination.ts';
import type { SyncRunRepository } from './repository.ts';
import type { SyncRunRow } from './schema.ts';

/** Lists the runs of one account, newest first, one page at a time. @throws {ServiceError} `invalid_cursor`. */
export const createListSyncs = ({ runs }: { runs: Pick<SyncRunRepository, 'list'> }) =>
  createListById('sync', runs.list);

const notFound = () => new ServiceError('sync_not_found', 'There is no such sync run');

/** One run, if its account is in the scope. @throws {ServiceError} `sync_not_found`. */
export const createGetSync =
  ({ runs }: { runs: Pick<SyncRunRepository, 'find'> }) =>
  async (scope: AccountScope, id: number): Promise<SyncRunRow> => {
    const run = await runs.find(scope, id);
    if (run === null) throw notFound();
    return run;
  };

/** Asks a run to stop. @throws {ServiceError} `sync_not_found`, `run_finished`. */
export const createCancelSync = ({ runs }: { runs: Pick<SyncRunRepository, 'find' | 'requestCancel'> }) => {
  const getSync = createGetSync({ runs });
  return async (scope: AccountScope, id: number): Promise<SyncRunRow> => {
    const cancelled = await runs.requestCancel(await getSync(scope, id));
    if (cancelled === null) throw new ServiceError('run_finished', 'The sync run has finished already');
    return cancelled;
  };
};
