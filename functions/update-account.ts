/** `PATCH /accounts/{id}`: pause it or go on; how often it is synced, and what with. */
import { updateAccountContract } from '../lib/accounts/contract.ts';
import { toAccount } from '../lib/accounts/represent.ts';
import { createUpdateAccount } from '../lib/accounts/update-account.ts';
import { createAccountViewRepository } from '../lib/accounts/view-repository.ts';
import { databaseEnv, parseEnv } from '../lib/config.ts';
import { visibleTo } from '../lib/database/account-scope.ts';
import { createDatabase } from '../lib/database/create-database.ts';
import { versioned } from '../lib/http/conditional.ts';
import { apiHandler } from './compose/api-handler.ts';

const env = parseEnv(databaseEnv);
const compose = async () => ({
  updateAccount: createUpdateAccount({ accounts: createAccountViewRepository(await createDatabase(env)) }),
});

export const handler = apiHandler(
  updateAccountContract,
  compose,
  async ({ params, headers, body }, { updateAccount }, { caller }) => {
    const account = await updateAccount(visibleTo(caller), params.id, body, headers['if-match'] ?? null);
    return versioned(account.version, toAccount(account));
  },
);
