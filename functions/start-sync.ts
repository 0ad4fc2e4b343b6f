/** `POST /sync`: start or join a sync of an account; work begins while the caller waits. */
import { createAccountRepository } from '../lib/accounts/repository.ts';
import { createResolveAccount } from '../lib/accounts/resolve-account.ts';
import { parseEnv } from '../lib/config.ts';
import { visibleTo } from '../lib/database/account-scope.ts';
import { withProblem } from '../lib/http/failure.ts';
import { finishedOr202 } from '../lib/http/reply.ts';
import { startSyncContract } from '../lib/sync/contract.ts';
import { isFinished } from '../lib/sync/schema.ts';
import { createStartSync } from '../lib/sync/start-sync.ts';
import { apiHandler } from './compose/api-handler.ts';
import { createSync, syncEnv } from './compose/sync.ts';

const env = parseEnv(syncEnv);
const compose = async () => {
  const sync = await createSync(env);
  const resolveAccount = createResolveAccount({ accounts: createAccountRepository(sync.database) });
  return { resolveAccount, startSync: createStartSync(sync) };
};

export const handler = apiHandler(
  startSyncContract,
  compose,
  async ({ body }, { resolveAccount, startSync }, request) => {
    const account = await resolveAccount(visibleTo(request.caller), body.account_id);
    const run = await startSync({ ...body, account }, request.waitUntil);
    const path = `/sync/${run.id}` as const;
    return finishedOr202(
      isFinished(run.status),
      withProblem(run, request.pathOf(path), request),
      request.urlOf(path),
      run.resumes_in_ms,
    );
  },
);
