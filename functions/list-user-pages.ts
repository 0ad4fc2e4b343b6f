/** `GET /instagram/user_pages`: the Facebook pages that the account's token sees. */
import { accountAccessEnv, createAccountAccess, readMetaApp } from '../lib/accounts/access.ts';
import { parseEnv } from '../lib/config.ts';
import { visibleTo } from '../lib/database/account-scope.ts';
import { listUserPagesContract } from '../lib/discovery/contract.ts';
import { createListUserPages } from '../lib/discovery/discover.ts';
import { apiHandler } from './compose/api-handler.ts';

const env = parseEnv(accountAccessEnv);
const compose = async () => {
  const access = await createAccountAccess(env);
  return { ...access, listUserPages: createListUserPages({ ...access, app: await readMetaApp(env) }) };
};

export const handler = apiHandler(
  listUserPagesContract,
  compose,
  async ({ query }, { resolveAccount, listUserPages }, { deadline, caller }) => {
    const { id } = await resolveAccount(visibleTo(caller), query.account_id);
    return await listUserPages(id, { deadline });
  },
);
