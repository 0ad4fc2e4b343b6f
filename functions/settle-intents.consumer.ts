/** Wake-ups for intents and repeatable writes: reads back whether a write happened. It never writes to Instagram. */
import { z } from 'zod';
import { createAccountAccess } from '../lib/accounts/access.ts';
import { commentEnv, createCommentEngine } from '../lib/comments/engine.ts';
import { writeMessageSchema } from '../lib/comments/write-message.ts';
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
  z.union([intentMessageSchema, writeMessageSchema]),
  compose,
  async (message, { follow, settleWrite }, { deadline }) => {
    const { account_id } = message;
    if ('intent_id' in message) await follow({ account_id, id: message.intent_id }, { as: 'watcher', deadline });
    else await settleWrite({ account_id, id: message.open_write_id }, deadline);
  },
);
