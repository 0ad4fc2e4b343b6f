/** `POST /comments/{id}/replies`: reply to a comment on Instagram, once, and store the reply. */
import { createAccountAccess } from '../lib/accounts/access.ts';
import { createReplyContract } from '../lib/comments/contract.ts';
import { commentEnv, createComments } from '../lib/comments/create-comments.ts';
import { parseEnv } from '../lib/config.ts';
import { visibleTo } from '../lib/database/account-scope.ts';
import { clientKeyOf, createdOnce } from '../lib/http/idempotency.ts';
import { apiHandler } from './compose/api-handler.ts';

const env = parseEnv(commentEnv);
const compose = async () => ({ comments: createComments(await createAccountAccess(env), env) });

export const handler = apiHandler(
  createReplyContract,
  compose,
  async ({ params, headers, body }, { comments }, request) => {
    const key = clientKeyOf(headers, request);
    const { comment, replayed } = await comments.reply({
      ...params,
      scope: visibleTo(request.caller),
      body,
      key,
      deadline: request.deadline,
    });
    return createdOnce(comment, replayed);
  },
);
