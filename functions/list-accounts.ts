/** `GET /accounts`: the accounts that the caller may see. */
import { listAccountsContract } from '../lib/accounts/contract.ts';
import { createListAccounts } from '../lib/accounts/read-accounts.ts';
import { toAccount } from '../lib/accounts/represent.ts';
import { createAccountViewRepository } from '../lib/accounts/view-repository.ts';
import { databaseEnv, parseEnv } from '../lib/config.ts';
import { visibleTo } from '../lib/database/account-scope.ts';
import { createDatabase } from '../lib/database/create-database.ts';
import { apiHandler } from './compose/api-handler.ts';

const env = parseEnv(databaseEnv);
const compose = async () => ({
  listAccounts: createListAccounts({ accounts: createAccountViewRepository(await createDatabase(env)) }),
});

export const handler = apiHandler(listAccountsContract, compose, async ({ query }, { listAccounts }, { caller }) => {
  const page = await listAccounts(visibleTo(caller), query);
  return { ...page, results: page.results.map(toAccount) };
});
