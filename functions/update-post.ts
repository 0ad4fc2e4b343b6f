/** `PATCH /posts/{id}`: switch a post's comments on or off, on Instagram and here. */
import { createAccountAccess } from '../lib/accounts/access.ts';
import { updatePostContract } from '../lib/comments/contract.ts';
import { commentEnv, createComments } from '../lib/comments/create-comments.ts';
import { parseEnv } from '../lib/config.ts';
import { visibleTo } from '../lib/database/account-scope.ts';
import { apiHandler } from './compose/api-handler.ts';

const env = parseEnv(commentEnv);
const compose = async () => ({ comments: createComments(await createAccountAccess(env), env) });

export const handler = apiHandler(updatePostContract, compose, ({ params, body }, { comments }, request) =>
  comments.switch(visibleTo(request.caller), params.id, body, request.deadline),
);
