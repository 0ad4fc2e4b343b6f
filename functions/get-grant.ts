/** `GET /accounts/{id}/grants/{principal}`: what somebody is granted. */
import { getGrantContract } from '../lib/accounts/contract.ts';
import { createReadGrants } from '../lib/accounts/grants.ts';
import { databaseEnv, parseEnv } from '../lib/config.ts';
import { createDatabase } from '../lib/database/create-database.ts';
import { apiHandler } from './compose/api-handler.ts';

const env = parseEnv(databaseEnv);
const compose = async () => ({ grants: createReadGrants(await createDatabase(env)) });

export const handler = apiHandler(getGrantContract, compose, ({ params }, { grants }, { caller }) =>
  grants.get(caller, params.id, params.principal),
);
