import type { z } from 'zod';
import type { publicationsQueueEnv } from '../config.ts';
import { createSender } from '../queue/sender.ts';
import { publicationMessageSchema } from './message.ts';

/** Sends wake-ups for publications. Apart from the engine, so that the tick does not carry what it never runs. */
export const createPublicationSender = (env: z.output<typeof publicationsQueueEnv>) =>
  createSender({
    queueUrl: env.PUBLICATIONS_QUEUE_URL,
    endpoint: env.AWS_ENDPOINT_URL_SQS,
    region: env.AWS_REGION,
    schema: publicationMessageSchema,
  });
