import type { CommonQueryMethods } from 'slonik';
import { z } from 'zod';
import type { intentsQueueEnv } from '../config.ts';
import { idSchema } from '../contract.ts';
import { createSender } from '../queue/sender.ts';
import { createDueWork } from '../wake-ups/due-work.ts';
import type { DueWork } from '../wake-ups/tick.ts';
import { createIntentRepository } from './repository.ts';

/** A wake-up for an intent: it names the row and says nothing else, so a lost, late or doubled one changes nothing. */
export const intentMessageSchema = z.object({ account_id: idSchema, intent_id: idSchema });
export type IntentMessage = z.output<typeof intentMessageSchema>;

/** Sends wake-ups for intents. */
export const createIntentSender = (env: z.output<typeof intentsQueueEnv>) =>
  createSender({
    queueUrl: env.INTENTS_QUEUE_URL,
    endpoint: env.AWS_ENDPOINT_URL_SQS,
    region: env.AWS_REGION,
    schema: intentMessageSchema,
  });

/**
 * What the tick does about intents: it wakes the watcher of those that are due, and deletes those whose keys are no
 * longer kept (30 days). `watched`: the kinds that requests send; the worker of any other kind follows its intents
 * itself.
 */
export const createIntentWork = (
  database: CommonQueryMethods,
  {
    watched,
    sender,
  }: { watched: readonly string[]; sender: { sendMany: (messages: readonly IntentMessage[]) => Promise<void> } },
): readonly DueWork[] => {
  const intents = createIntentRepository(database);
  return [
    createDueWork({
      kind: 'intent',
      rows: { claimDue: (limit) => intents.claimDue(watched, limit) },
      sender,
      toMessage: ({ account_id, id }) => ({ account_id, intent_id: id }),
    }),
    { kind: 'expired_intent', wakeDue: (limit) => intents.deleteExpired(watched, limit) },
  ];
};
