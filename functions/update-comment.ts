/** `PATCH /comments/{id}`: hide a comment on Instagram, or show it again. */
import { createAccountAccess } from '../lib/accounts/access.ts';
import { updateCommentContract } from '../lib/comments/contract.ts';
import { commentEnv, createComments } from '../lib/comments/create-comments.ts';
import { parseEnv } from '../lib/config.ts';
import { visibleTo } from '../lib/database/account-scope.ts';
import { apiHandler } from './compose/api-handler.ts';

const env = parseEnv(commentEnv);
const compose = async () => ({ comments: createComments(await createAccountAccess(env), env) });

export const handler = apiHandler(updateCommentContract, compose, ({ params, body }, { comments }, request) =>
  comments.update(visibleTo(request.caller), params.id, body, request.deadline),
);
