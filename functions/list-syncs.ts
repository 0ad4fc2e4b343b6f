/** `GET /sync`: an account's sync runs, newest first. */
import { createAccountRepository } from '../lib/accounts/repository.ts';
import { createResolveAccount } from '../lib/accounts/resolve-account.ts';
import { databaseEnv, parseEnv } from '../lib/config.ts';
import { visibleTo } from '../lib/database/account-scope.ts';
import { createDatabase } from '../lib/database/create-database.ts';
import { withProblem } from '../lib/http/failure.ts';
import { listSyncsContract } from '../lib/sync/contract.ts';
import { createListSyncs } from '../lib/sync/read-syncs.ts';
import { createSyncRunRepository } from '../lib/sync/repository.ts';
import { apiHandler } from './compose/api-handler.ts';

const env = parseEnv(databaseEnv);
const compose = async () => {
  const database = await createDatabase(env);
  const resolveAccount = createResolveAccount({ accounts: createAccountRepository(database) });
  return { resolveAccount, listSyncs: createListSyncs({ runs: createSyncRunRepository(database) }) };
};

export const handler = apiHandler(
  listSyncsContract,
  compose,
  async ({ query }, { resolveAccount, listSyncs }, request) => {
    const { id: account_id } = await resolveAccount(visibleTo(request.caller), query.account_id);
    const page = await listSyncs({ ...query, account_id });
    return {
      ...page,
      results: page.results.map((run) => withProblem(run, request.pathOf(`/sync/${run.id}`), request)),
    };
  },
);
