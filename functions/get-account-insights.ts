/** `GET /accounts/{id}/insights`: an account's figures of up to 30 days, fetched now and kept. */
import { accountAccessEnv, createAccountAccess } from '../lib/accounts/access.ts';
import { parseEnv } from '../lib/config.ts';
import { apiHandler } from '../lib/http/api-handler.ts';
import { getAccountInsightsContract } from '../lib/insights/contract.ts';
import { createInsightsEngine } from '../lib/insights/engine.ts';
import { createPostRepository } from '../lib/posts/repository.ts';

const env = parseEnv(accountAccessEnv);
const compose = async () => {
  const access = await createAccountAccess(env);
  return createInsightsEngine(access, env, createPostRepository(access.database));
};

export const handler = apiHandler(
  getAccountInsightsContract,
  compose,
  async ({ params, query }, { account }, { deadline }) => await account(params.id, query, { deadline }),
);
