/** `GET /posts/{id}/insights`: a post's figures, fetched now and kept. */
import { accountAccessEnv, createAccountAccess } from '../lib/accounts/access.ts';
import { parseEnv } from '../lib/config.ts';
import { apiHandler } from '../lib/http/api-handler.ts';
import { getPostInsightsContract } from '../lib/insights/contract.ts';
import { createInsightsEngine } from '../lib/insights/engine.ts';
import { createGetPost } from '../lib/posts/get-post.ts';
import { createPostRepository } from '../lib/posts/repository.ts';

const env = parseEnv(accountAccessEnv);
const compose = async () => {
  const access = await createAccountAccess(env);
  const posts = createPostRepository(access.database);
  return { getPost: createGetPost({ posts }), insights: createInsightsEngine(access, env, posts) };
};

export const handler = apiHandler(
  getPostInsightsContract,
  compose,
  async ({ params, query }, { getPost, insights }, { deadline }) =>
    await insights.media.ofPost(await getPost(params.id), query, { deadline }),
);
