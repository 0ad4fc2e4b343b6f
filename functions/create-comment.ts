/** `POST /posts/{id}/comment`: comment on a post on Instagram, once, and store the comment. */
import { createAccountAccess } from '../lib/accounts/access.ts';
import { createCommentContract } from '../lib/comments/contract.ts';
import { createCreateComment } from '../lib/comments/create-comment.ts';
import { commentEnv, createCommentEngine } from '../lib/comments/engine.ts';
import { parseEnv } from '../lib/config.ts';
import { apiHandler } from '../lib/http/api-handler.ts';
import { clientKeyOf, createdOnce } from '../lib/http/idempotency.ts';
import { createGetPost } from '../lib/posts/get-post.ts';
import { createPostRepository } from '../lib/posts/repository.ts';

const env = parseEnv(commentEnv);
const compose = async () => {
  const access = await createAccountAccess(env);
  const getPost = createGetPost({ posts: createPostRepository(access.database) });
  return { createComment: createCreateComment(createCommentEngine(access, env, { getPost })) };
};

export const handler = apiHandler(
  createCommentContract,
  compose,
  async ({ params, headers, body }, { createComment }, request) => {
    const key = clientKeyOf(headers, request);
    const { comment, replayed } = await createComment({ ...params, body, key, deadline: request.deadline });
    return createdOnce(comment, replayed);
  },
);
