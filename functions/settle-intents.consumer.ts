/** Wake-ups for intents: reads back whether what was sent has happened. It never sends anything. */
import { createAccountAccess } from '../lib/accounts/access.ts';
import { commentEnv, createCommentEngine } from '../lib/comments/engine.ts';
import { parseEnv } from '../lib/config.ts';
import { intentMessageSchema } from '../lib/intents/index.ts';
import { createGetPost } from '../lib/posts/get-post.ts';
import { createPostRepository } from '../lib/posts/repository.ts';
import { queueHandler } from '../lib/queue/queue-handler.ts';

const env = parseEnv(commentEnv);
const compose = async () => {
  const access = await createAccountAccess(env);
  const getPost = createGetPost({ posts: createPostRepository(access.database) });
  return createCommentEngine(access, env, { getPost });
};

export const handler = queueHandler(
  intentMessageSchema,
  compose,
  async ({ account_id, intent_id }, { follow }, { deadline }) => {
    await follow({ account_id, id: intent_id }, { as: 'watcher', deadline });
  },
);
