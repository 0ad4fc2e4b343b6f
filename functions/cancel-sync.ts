import { databaseEnv, parseEnv } from '../lib/config.ts';
import { visibleTo } from '../lib/database/account-scope.ts';
import { createDatabase } from '../lib/database/create-database.ts';
import { withProblem } from '../lib/http/failure.ts';
import { reply } from '../lib/http/reply.ts';
import { cancelSyncContract } from '../lib/sync/contract.ts';
import { createCancelSync } from '../lib/sync/read-syncs.ts';
import { createSyncRunRepository } from '../lib/sync/repository.ts';
import { apiHandler } from './compose/api-handler.ts';

const env = parseEnv(databaseEnv);
const compose = async () => {
  const database = await createDatabase(env);
  return {
    cancelSync: createCancelSync({
      runs: createSyncRunRepository(database),
    }),
  };
};

export const handler = apiHandler(cancelSyncContract, compose, async ({ params }, { cancelSync }, request) =>
  reply(202, withProblem(await cancelSync(visibleTo(request.caller), params.id), request.path, request)),
);
