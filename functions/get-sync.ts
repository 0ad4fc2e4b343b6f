import { databaseEnv, parseEnv } from '../lib/config.ts';
import { visibleTo } from '../lib/database/account-scope.ts';
import { createDatabase } from '../lib/database/create-database.ts';
import { withProblem } from '../lib/http/failure.ts';
import { getSyncContract } from '../lib/sync/contract.ts';
import { createGetSync } from '../lib/sync/read-syncs.ts';
import { createSyncRunRepository } from '../lib/sync/repository.ts';
import { apiHandler } from './compose/api-handler.ts';

const env = parseEnv(databaseEnv);
const compose = async () => {
  const database = await createDatabase(env);
  return {
    getSync: createGetSync({ runs: createSyncRunRepository(database) }),
  };
};

export const handler = apiHandler(getSyncContract, compose, async ({ params }, { getSync }, request) =>
  withProblem(await getSync(visibleTo(request.caller), params.id), request.path, request),
);
