import type { z } from 'zod';
import type { intentsQueueEnv } from '../config.ts';
import { createSender } from '../queue/sender.ts';
import { intentMessageSchema } from './message.ts';

/** Sends wake-ups for intents. Apart from the engine, so that the tick does not carry what it never runs. */
export const createIntentSender = (env: z.output<typeof intentsQueueEnv>) =>
  createSender({
    queueUrl: env.INTENTS_QUEUE_URL,
    endpoint: env.AWS_ENDPOINT_URL_SQS,
    region: env.AWS_REGION,
    schema: intentMessageSchema,
  });
