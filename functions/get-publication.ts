import { databaseEnv, parseEnv } from '../lib/config.ts';
import { visibleTo } from '../lib/database/account-scope.ts';
import { createDatabase } from '../lib/database/create-database.ts';
import { withProblem } from '../lib/http/failure.ts';
import { getPublicationContract } from '../lib/publications/contract.ts';
import { createGetPublication } from '../lib/publications/read-publications.ts';
import { createPublicationRepository } from '../lib/publications/repository.ts';
import { toPublication } from '../lib/publications/represent.ts';
import { apiHandler } from './compose/api-handler.ts';

const env = parseEnv(databaseEnv);
const compose = async () => {
  const database = await createDatabase(env);
  return { getPublication: createGetPublication({ publications: createPublicationRepository(database) }) };
};

export const handler = apiHandler(getPublicationContract, compose, async ({ params }, { getPublication }, request) =>
  withProblem(toPublication(await getPublication(visibleTo(request.caller), params.id)), request.path, request),
);
