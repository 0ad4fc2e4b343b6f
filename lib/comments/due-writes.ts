import type { z } from 'zod';
import type { intentsQueueEnv } from '../config.ts';
import { createSender } from '../queue/sender.ts';
import { createDueWork } from '../wake-ups/due-work.ts';
import type { DueWork } from '../wake-ups/tick.ts';
import type { OpenWriteRepository } from './open-write-repository.ts';
import { writeMessageSchema } from './write-message.ts';

/** For the tick: objects whose writes need a read-back, which the worker of the intents does. */
export const createDueWrites = ({
  writes,
  env,
}: {
  writes: Pick<OpenWriteRepository, 'claimDue'>;
  env: z.output<typeof intentsQueueEnv>;
}): DueWork =>
  createDueWork({
    kind: 'open_write',
    rows: writes,
    sender: createSender({
      queueUrl: env.INTENTS_QUEUE_URL,
      endpoint: env.AWS_ENDPOINT_URL_SQS,
      region: env.AWS_REGION,
      schema: writeMessageSchema,
    }),
    toMessage: ({ account_id, id }) => ({ account_id, open_write_id: id }),
  });
