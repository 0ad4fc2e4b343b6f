/** `GET /accounts/{id}/insights`: an account's figures of up to 30 days, fetched now and kept. */
import { accountAccessEnv, createAccountAccess } from '../lib/accounts/access.ts';
import { parseEnv } from '../lib/config.ts';
import { apiHandler } from '../lib/http/api-handler.ts';
import { getAccountInsightsContract } from '../lib/insights/contract.ts';
import { createInsights } from '../lib/insights/create-insights.ts';

const env = parseEnv(accountAccessEnv);
const compose = async () => ({ insights: createInsights(await createAccountAccess(env), env) });

export const handler = apiHandler(
  getAccountInsightsContract,
  compose,
  ({ params, query }, { insights }, { deadline }) => insights.ofAccount(params.id, query, { deadline }),
);
