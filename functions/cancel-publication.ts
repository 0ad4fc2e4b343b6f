import { databaseEnv, parseEnv } from '../lib/config.ts';
import { visibleTo } from '../lib/database/account-scope.ts';
import { createDatabase } from '../lib/database/create-database.ts';
import { withProblem } from '../lib/http/failure.ts';
import { cancelPublicationContract } from '../lib/publications/contract.ts';
import { createCancelPublication } from '../lib/publications/read-publications.ts';
import { toPublication } from '../lib/publications/represent.ts';
import { apiHandler } from './compose/api-handler.ts';

const env = parseEnv(databaseEnv);
const compose = async () => {
  const database = await createDatabase(env);
  return { cancelPublication: createCancelPublication({ database }) };
};

export const handler = apiHandler(
  cancelPublicationContract,
  compose,
  async ({ params }, { cancelPublication }, request) =>
    withProblem(toPublication(await cancelPublication(visibleTo(request.caller), params.id)), request.path, request),
);
