/** `GET /accounts/{id}/insights`: an account's figures of up to 30 days, fetched now and kept. */
import { accountAccessEnv, createAccountAccess } from '../lib/accounts/access.ts';
import { parseEnv } from '../lib/config.ts';
import { visibleTo } from '../lib/database/account-scope.ts';
import { getAccountInsightsContract } from '../lib/insights/contract.ts';
import { createInsights } from '../lib/insights/create-insights.ts';
import { apiHandler } from './compose/api-handler.ts';

const env = parseEnv(accountAccessEnv);
const compose = async () => {
  const access = await createAccountAccess(env);
  return { ...access, insights: createInsights(access, env) };
};

export const handler = apiHandler(
  getAccountInsightsContract,
  compose,
  async ({ params, query }, { resolveAccount, insights }, { deadline, caller }) => {
    const { id } = await resolveAccount(visibleTo(caller), params.id);
    return await insights.ofAccount(id, query, { deadline });
  },
);
