/** `GET /accounts/{id}`: one account; its `ETag` is for `If-Match` of a change. */
import { getAccountContract } from '../lib/accounts/contract.ts';
import { createGetAccount } from '../lib/accounts/read-accounts.ts';
import { toAccount } from '../lib/accounts/represent.ts';
import { createAccountViewRepository } from '../lib/accounts/view-repository.ts';
import { databaseEnv, parseEnv } from '../lib/config.ts';
import { visibleTo } from '../lib/database/account-scope.ts';
import { createDatabase } from '../lib/database/create-database.ts';
import { versioned } from '../lib/http/conditional.ts';
import { apiHandler } from './compose/api-handler.ts';

const env = parseEnv(databaseEnv);
const compose = async () => ({
  getAccount: createGetAccount({ accounts: createAccountViewRepository(await createDatabase(env)) }),
});

export const handler = apiHandler(getAccountContract, compose, async ({ params }, { getAccount }, { caller }) => {
  const account = await getAccount(visibleTo(caller), params.id);
  return versioned(account.version, toAccount(account));
});
