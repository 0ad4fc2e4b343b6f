/** `DELETE /comments/{id}`: delete a comment on Instagram, then mark it here. */
import { createAccountAccess } from '../lib/accounts/access.ts';
import { deleteCommentContract } from '../lib/comments/contract.ts';
import { commentEnv, createCommentEngine } from '../lib/comments/engine.ts';
import { createDeleteComment } from '../lib/comments/moderate.ts';
import { parseEnv } from '../lib/config.ts';
import { apiHandler } from '../lib/http/api-handler.ts';
import { reply } from '../lib/http/reply.ts';
import { createGetPost } from '../lib/posts/get-post.ts';
import { createPostRepository } from '../lib/posts/repository.ts';

const env = parseEnv(commentEnv);
const compose = async () => {
  const access = await createAccountAccess(env);
  const getPost = createGetPost({ posts: createPostRepository(access.database) });
  return { deleteComment: createDeleteComment(createCommentEngine(access, env, { getPost })) };
};

export const handler = apiHandler(deleteCommentContract, compose, async ({ params }, { deleteComment }, request) => {
  await deleteComment(params.id, request.deadline);
  return reply(204, undefined);
});
