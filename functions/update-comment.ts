/** `PATCH /comments/{id}`: hide a comment on Instagram, or show it again. */
import { createAccountAccess } from '../lib/accounts/access.ts';
import { updateCommentContract } from '../lib/comments/contract.ts';
import { commentEnv, createCommentEngine } from '../lib/comments/engine.ts';
import { createUpdateComment } from '../lib/comments/moderate.ts';
import { parseEnv } from '../lib/config.ts';
import { apiHandler } from '../lib/http/api-handler.ts';
import { createGetPost } from '../lib/posts/get-post.ts';
import { createPostRepository } from '../lib/posts/repository.ts';

const env = parseEnv(commentEnv);
const compose = async () => {
  const access = await createAccountAccess(env);
  const getPost = createGetPost({ posts: createPostRepository(access.database) });
  return { updateComment: createUpdateComment(createCommentEngine(access, env, { getPost })) };
};

export const handler = apiHandler(updateCommentContract, compose, ({ params, body }, { updateComment }, request) =>
  updateComment(params.id, body, request.deadline),
);
