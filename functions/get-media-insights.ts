/** `GET /instagram/images/{media_id}/insights`: the figures of a media by its Instagram id, mirrored or not. */
import { accountAccessEnv, createAccountAccess } from '../lib/accounts/access.ts';
import { parseEnv } from '../lib/config.ts';
import { visibleTo } from '../lib/database/account-scope.ts';
import { getMediaInsightsContract } from '../lib/insights/contract.ts';
import { createInsights } from '../lib/insights/create-insights.ts';
import { apiHandler } from './compose/api-handler.ts';

const env = parseEnv(accountAccessEnv);
const compose = async () => {
  const access = await createAccountAccess(env);
  return { ...access, insights: createInsights(access, env) };
};

export const handler = apiHandler(
  getMediaInsightsContract,
  compose,
  async ({ params, query: { account_id, ...query } }, { resolveAccount, insights }, { deadline, caller }) => {
    const { id } = await resolveAccount(visibleTo(caller), account_id);
    return await insights.ofMedia(id, params.media_id, query, { deadline });
  },
);
