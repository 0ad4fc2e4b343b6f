/** `GET /posts`: stored posts, newest first. */
import { createAccountRepository } from '../lib/accounts/repository.ts';
import { createResolveAccount } from '../lib/accounts/resolve-account.ts';
import { databaseEnv, parseEnv } from '../lib/config.ts';
import { visibleTo } from '../lib/database/account-scope.ts';
import { createDatabase } from '../lib/database/create-database.ts';
import { listPostsContract } from '../lib/posts/contract.ts';
import { createListPosts } from '../lib/posts/list-posts.ts';
import { createPostRepository } from '../lib/posts/repository.ts';
import { apiHandler } from './compose/api-handler.ts';

const env = parseEnv(databaseEnv);
const compose = async () => {
  const database = await createDatabase(env);
  const resolveAccount = createResolveAccount({ accounts: createAccountRepository(database) });
  return { listPosts: createListPosts({ posts: createPostRepository(database), resolveAccount }) };
};

export const handler = apiHandler(listPostsContract, compose, ({ query }, { listPosts }, { caller }) =>
  listPosts({ ...query, scope: visibleTo(caller) }),
);
