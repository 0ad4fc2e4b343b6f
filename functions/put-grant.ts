/** `PUT /accounts/{id}/grants/{principal}`: grant an account to somebody, or change a role. */
import { putGrantContract } from '../lib/accounts/contract.ts';
import { createChangeGrants } from '../lib/accounts/grants.ts';
import { databaseEnv, parseEnv } from '../lib/config.ts';
import { createDatabase } from '../lib/database/create-database.ts';
import { reply } from '../lib/http/reply.ts';
import { apiHandler } from './compose/api-handler.ts';

const env = parseEnv(databaseEnv);
const compose = async () => ({ grants: createChangeGrants(await createDatabase(env)) });

export const handler = apiHandler(putGrantContract, compose, async ({ params, body }, { grants }, { caller }) => {
  const { created, ...grant } = await grants.put(caller, params.id, params.principal, body.role);
  return created ? reply(201, grant) : reply(200, grant);
});
