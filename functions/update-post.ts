/** `PATCH /posts/{id}`: switch a post's comments on or off, on Instagram and here. */
import { createAccountAccess } from '../lib/accounts/access.ts';
import { updatePostContract } from '../lib/comments/contract.ts';
import { commentEnv, createCommentEngine } from '../lib/comments/engine.ts';
import { createSwitchComments } from '../lib/comments/moderate.ts';
import { parseEnv } from '../lib/config.ts';
import { apiHandler } from '../lib/http/api-handler.ts';
import { createGetPost } from '../lib/posts/get-post.ts';
import { createPostRepository } from '../lib/posts/repository.ts';

const env = parseEnv(commentEnv);
const compose = async () => {
  const access = await createAccountAccess(env);
  const getPost = createGetPost({ posts: createPostRepository(access.database) });
  return { switchComments: createSwitchComments(createCommentEngine(access, env, { getPost })) };
};

export const handler = apiHandler(updatePostContract, compose, ({ params, body }, { switchComments }, request) =>
  switchComments(params.id, body, request.deadline),
);
