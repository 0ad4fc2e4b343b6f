/** `GET /posts/{id}/insights`: a post's figures, fetched now and kept. */
import { accountAccessEnv, createAccountAccess } from '../lib/accounts/access.ts';
import { parseEnv } from '../lib/config.ts';
import { visibleTo } from '../lib/database/account-scope.ts';
import { getPostInsightsContract } from '../lib/insights/contract.ts';
import { createInsights } from '../lib/insights/create-insights.ts';
import { apiHandler } from './compose/api-handler.ts';

const env = parseEnv(accountAccessEnv);
const compose = async () => ({ insights: createInsights(await createAccountAccess(env), env) });

export const handler = apiHandler(
  getPostInsightsContract,
  compose,
  ({ params, query }, { insights }, { deadline, caller }) =>
    insights.ofPost(visibleTo(caller), params.id, query, { deadline }),
);
