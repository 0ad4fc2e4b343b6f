/** `GET /instagram/account`: the Instagram professional accounts behind the account's token. */
import { accountAccessEnv, createAccountAccess, readMetaApp } from '../lib/accounts/access.ts';
import { parseEnv } from '../lib/config.ts';
import { visibleTo } from '../lib/database/account-scope.ts';
import { listInstagramAccountsContract } from '../lib/discovery/contract.ts';
import { createListInstagramAccounts } from '../lib/discovery/discover.ts';
import { apiHandler } from './compose/api-handler.ts';

const env = parseEnv(accountAccessEnv);
const compose = async () => {
  const access = await createAccountAccess(env);
  return { ...access, listInstagramAccounts: createListInstagramAccounts({ ...access, app: await readMetaApp(env) }) };
};

export const handler = apiHandler(
  listInstagramAccountsContract,
  compose,
  async ({ query }, { resolveAccount, listInstagramAccounts }, { deadline, caller }) => {
    const { id } = await resolveAccount(visibleTo(caller), query.account_id);
    return await listInstagramAccounts(id, query.page_id, { deadline });
  },
);
