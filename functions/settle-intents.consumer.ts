/** Wake-ups for intents and repeatable writes: reads back whether a write happened. It never writes to Instagram. */
import { z } from 'zod';
import { createAccountAccess } from '../lib/accounts/access.ts';
import { commentEnv, createComments } from '../lib/comments/create-comments.ts';
import { writeMessageSchema } from '../lib/comments/write-message.ts';
import { parseEnv } from '../lib/config.ts';
import { intentMessageSchema } from '../lib/intents/index.ts';
import { queueHandler } from '../lib/queue/queue-handler.ts';

const env = parseEnv(commentEnv);
const compose = async () => ({ comments: createComments(await createAccountAccess(env), env) });

export const handler = queueHandler(
  z.union([intentMessageSchema, writeMessageSchema]),
  compose,
  async (message, { comments }, { deadline }) => {
    const { account_id } = message;
    if ('intent_id' in message)
      await comments.follow({ account_id, id: message.intent_id }, { as: 'watcher', deadline });
    else await comments.settle({ account_id, id: message.open_write_id }, deadline);
  },
);
