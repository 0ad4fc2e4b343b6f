import type { z } from 'zod';
import type { syncQueueEnv } from '../config.ts';
import { createSender } from '../queue/sender.ts';
import { syncMessageSchema } from './message.ts';

/** Sends wake-ups for sync runs. In a file of its own, so that the tick's bundle has no code that the tick never runs. */
export const createSyncSender = (env: z.output<typeof syncQueueEnv>) =>
  createSender({
    queueUrl: env.SYNC_QUEUE_URL,
    endpoint: env.AWS_ENDPOINT_URL_SQS,
    region: env.AWS_REGION,
    schema: syncMessageSchema,
  });
