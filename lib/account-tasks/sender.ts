import type { z } from 'zod';
import type { accountsQueueEnv } from '../config.ts';
import { createSender } from '../queue/sender.ts';
import { accountTaskMessageSchema } from './message.ts';

/** Sends wake-ups for tasks of accounts. In a file of its own, so that the tick's bundle does not hold what they do. */
export const createAccountTaskSender = (env: z.output<typeof accountsQueueEnv>) =>
  createSender({
    queueUrl: env.ACCOUNTS_QUEUE_URL,
    endpoint: env.AWS_ENDPOINT_URL_SQS,
    region: env.AWS_REGION,
    schema: accountTaskMessageSchema,
  });
