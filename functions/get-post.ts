import { databaseEnv, parseEnv } from '../lib/config.ts';
import { createDatabase } from '../lib/database/create-database.ts';
import { apiHandler } from '../lib/http/api-handler.ts';
import { getPostContract } from '../lib/posts/contract.ts';
import { createGetPost } from '../lib/posts/get-post.ts';
import { createPostRepository } from '../lib/posts/repository.ts';

const env = parseEnv(databaseEnv);
const compose = async () => {
  const database = await createDatabase(env);
  return {
    getPost: createGetPost({ posts: createPostRepository(database) }),
  };
};

export const handler = apiHandler(getPostContract, compose, ({ params }, { getPost }) => getPost(params.id));
