/** `GET /instagram/publishing_limit`: the account's publishing quota, as Instagram states it now. */
import { accountAccessEnv, createAccountAccess } from '../lib/accounts/access.ts';
import { parseEnv } from '../lib/config.ts';
import { visibleTo } from '../lib/database/account-scope.ts';
import { getPublishingLimitContract } from '../lib/publications/contract.ts';
import { createGetPublishingLimit } from '../lib/publications/get-publishing-limit.ts';
import { apiHandler } from './compose/api-handler.ts';

const env = parseEnv(accountAccessEnv);
const compose = async () => {
  const { resolveAccount, ask } = await createAccountAccess(env);
  return { resolveAccount, getPublishingLimit: createGetPublishingLimit({ ask }) };
};

export const handler = apiHandler(
  getPublishingLimitContract,
  compose,
  async ({ query }, { resolveAccount, getPublishingLimit }, { deadline, caller }) => {
    const { id } = await resolveAccount(visibleTo(caller), query.account_id);
    return await getPublishingLimit(id, { deadline });
  },
);
