/** `GET /posts/{id}`: one stored post, also one that is gone. */
import { databaseEnv, parseEnv } from '../lib/config.ts';
import { visibleTo } from '../lib/database/account-scope.ts';
import { createDatabase } from '../lib/database/create-database.ts';
import { getPostContract } from '../lib/posts/contract.ts';
import { createPostReader } from '../lib/posts/post-reader.ts';
import { apiHandler } from './compose/api-handler.ts';

const env = parseEnv(databaseEnv);
const compose = async () => ({ posts: createPostReader(await createDatabase(env)) });

export const handler = apiHandler(getPostContract, compose, ({ params }, { posts }, { caller }) =>
  posts.get(visibleTo(caller), params.id),
);
