import type { z } from 'zod';
import type { publicationsQueueEnv } from '../config.ts';
import { createSender } from '../queue/sender.ts';
import { publicationMessageSchema } from './message.ts';

/** Sends wake-ups for publications. In a file of its own, so that the tick's bundle does not hold the engine. */
export const createPublicationSender = (env: z.output<typeof publicationsQueueEnv>) =>
  createSender({
    queueUrl: env.PUBLICATIONS_QUEUE_URL,
    endpoint: env.AWS_ENDPOINT_URL_SQS,
    region: env.AWS_REGION,
    schema: publicationMessageSchema,
  });
