import { z } from 'zod';
import { visibleAccounts } from '../database/account-scope.ts';
import { ServiceError } from '../errors.ts';
import { decodeCursor, filterHash, toPage } from '../pagination.ts';
import type { SyncRunRepository } from './repository.ts';
import type { SyncRunRow } from './schema.ts';

const idKeySchema = z.string().regex(/^[1-9][0-9]{0,15}$/);

/** Runs of one account, newest first, a page at a time. @throws {ServiceError} `invalid_cursor`. */
export const createListSyncs =
  ({ runs }: { runs: Pick<SyncRunRepository, 'list'> }) =>
  async ({ account_id, limit, cursor }: { account_id: number; limit: number; cursor?: string | undefined }) => {
    const filter = filterHash({ list: 'sync', account_id });
    const position = cursor === undefined ? undefined : decodeCursor(cursor, filter, [idKeySchema]);
    const rows = await runs.list({ account_id, position, limit: limit + 1 });
    return toPage(rows, { limit, position, filter, keyOf: ({ id }) => [String(id)], toItem: (run) => run });
  };

const notFound = () => new ServiceError('sync_not_found', 'There is no such sync run');

/** One run of any account the caller may see. @throws {ServiceError} `sync_not_found`. */
export const createGetSync =
  ({ runs }: { runs: Pick<SyncRunRepository, 'find'> }) =>
  async (id: number): Promise<SyncRunRow> => {
    const run = await runs.find(visibleAccounts(), id);
    if (run === null) throw notFound();
    return run;
  };

/** Asks a run to stop. @throws {ServiceError} `sync_not_found`, `run_finished`. */
export const createCancelSync = ({ runs }: { runs: Pick<SyncRunRepository, 'find' | 'requestCancel'> }) => {
  const getSync = createGetSync({ runs });
  return async (id: number): Promise<SyncRunRow> => {
    const cancelled = await runs.requestCancel(await getSync(id));
    if (cancelled === null) throw new ServiceError('run_finished', 'The sync run has finished already');
    return cancelled;
  };
};
