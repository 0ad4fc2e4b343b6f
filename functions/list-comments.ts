import { listCommentsContract } from '../lib/comments/contract.ts';
import { createListComments } from '../lib/comments/list-comments.ts';
import { createCommentRepository } from '../lib/comments/repository.ts';
import { databaseEnv, parseEnv } from '../lib/config.ts';
import { visibleTo } from '../lib/database/account-scope.ts';
import { createDatabase } from '../lib/database/create-database.ts';
import { createPostReader } from '../lib/posts/post-reader.ts';
import { apiHandler } from './compose/api-handler.ts';

const env = parseEnv(databaseEnv);
const compose = async () => {
  const database = await createDatabase(env);
  const { get: getPost } = createPostReader(database);
  return { listComments: createListComments({ getPost, comments: createCommentRepository(database) }) };
};

export const handler = apiHandler(listCommentsContract, compose, ({ params, query }, { listComments }, { caller }) =>
  listComments({ ...params, ...query, scope: visibleTo(caller) }),
);
