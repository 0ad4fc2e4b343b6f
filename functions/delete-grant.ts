/** `DELETE /accounts/{id}/grants/{principal}`: take a grant away. */
import { deleteGrantContract } from '../lib/accounts/contract.ts';
import { createChangeGrants } from '../lib/accounts/grants.ts';
import { databaseEnv, parseEnv } from '../lib/config.ts';
import { createDatabase } from '../lib/database/create-database.ts';
import { reply } from '../lib/http/reply.ts';
import { apiHandler } from './compose/api-handler.ts';

const env = parseEnv(databaseEnv);
const compose = async () => ({ grants: createChangeGrants(await createDatabase(env)) });

export const handler = apiHandler(deleteGrantContract, compose, async ({ params }, { grants }, { caller }) => {
  await grants.remove(caller, params.id, params.principal);
  return reply(204, undefined);
});
