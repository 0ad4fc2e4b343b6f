/** `DELETE /accounts/{id}`: its work stops, its token is forgotten; what is stored stays readable. */
import { deleteAccountContract } from '../lib/accounts/contract.ts';
import { toAccount } from '../lib/accounts/represent.ts';
import { databaseEnv, parseEnv } from '../lib/config.ts';
import { createDatabase } from '../lib/database/create-database.ts';
import { accepted } from '../lib/http/reply.ts';
import { apiHandler } from './compose/api-handler.ts';
import { createDisconnect } from './compose/disconnect.ts';

const env = parseEnv(databaseEnv);
const compose = async () => ({ disconnect: createDisconnect(await createDatabase(env)) });

export const handler = apiHandler(
  deleteAccountContract,
  compose,
  async ({ params, query }, { disconnect }, request) => {
    const account = await disconnect(request.caller, params.id, query);
    return accepted(toAccount(account), request.urlOf(`/accounts/${account.id}`));
  },
);
