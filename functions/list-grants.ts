/** `GET /accounts/{id}/grants`: who may see an account and act for it. */
import { listGrantsContract } from '../lib/accounts/contract.ts';
import { createReadGrants } from '../lib/accounts/grants.ts';
import { databaseEnv, parseEnv } from '../lib/config.ts';
import { createDatabase } from '../lib/database/create-database.ts';
import { apiHandler } from './compose/api-handler.ts';

const env = parseEnv(databaseEnv);
const compose = async () => ({ grants: createReadGrants(await createDatabase(env)) });

export const handler = apiHandler(listGrantsContract, compose, ({ params, query }, { grants }, { caller }) =>
  grants.list(caller, params.id, query),
);
