import type { z } from 'zod';
import type { syncQueueEnv } from '../config.ts';
import { createSender } from '../queue/sender.ts';
import { syncMessageSchema } from './message.ts';

/** Sends wake-ups for sync runs. Apart from the engine, so that the tick does not carry what it never runs. */
export const createSyncSender = (env: z.output<typeof syncQueueEnv>) =>
  createSender({
    queueUrl: env.SYNC_QUEUE_URL,
    endpoint: env.AWS_ENDPOINT_URL_SQS,
    region: env.AWS_REGION,
    schema: syncMessageSchema,
  });
