/** `GET /comments/{id}`: one stored comment, a deleted one too. */
import { getCommentContract } from '../lib/comments/contract.ts';
import { createGetComment } from '../lib/comments/get-comment.ts';
import { createCommentRepository } from '../lib/comments/repository.ts';
import { databaseEnv, parseEnv } from '../lib/config.ts';
import { visibleTo } from '../lib/database/account-scope.ts';
import { createDatabase } from '../lib/database/create-database.ts';
import { apiHandler } from './compose/api-handler.ts';

const env = parseEnv(databaseEnv);
const compose = async () => ({
  getComment: createGetComment({ comments: createCommentRepository(await createDatabase(env)) }),
});

export const handler = apiHandler(getCommentContract, compose, async ({ params }, { getComment }, { caller }) => {
  const comment = await getComment(visibleTo(caller), params.id);
  return { ...comment, deleted_at: comment.gone_at };
});
