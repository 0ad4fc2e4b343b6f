/** `DELETE /comments/{id}`: delete a comment on Instagram, then mark it here. */
import { createAccountAccess } from '../lib/accounts/access.ts';
import { deleteCommentContract } from '../lib/comments/contract.ts';
import { commentEnv, createComments } from '../lib/comments/create-comments.ts';
import { parseEnv } from '../lib/config.ts';
import { visibleTo } from '../lib/database/account-scope.ts';
import { reply } from '../lib/http/reply.ts';
import { apiHandler } from './compose/api-handler.ts';

const env = parseEnv(commentEnv);
const compose = async () => ({ comments: createComments(await createAccountAccess(env), env) });

export const handler = apiHandler(deleteCommentContract, compose, async ({ params }, { comments }, request) => {
  await comments.delete(visibleTo(request.caller), params.id, request.deadline);
  return reply(204, undefined);
});
