import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { z } from 'zod';
import { errorFields, logger, withLogContext } from '../logger.ts';
import { once } from '../once.ts';

/** Kept of Lambda's time, to end a step that the deadline has cut short. */
const RESERVE_MS = 15_000;
const MAX_MESSAGE_MS = 5 * 60_000;

/** The part of Lambda's context that consumers use; the local home passes just this. */
export interface WorkerContext {
  /** Milliseconds until the execution environment is stopped. */
  getRemainingTimeInMillis: () => number;
  awsRequestId?: string;
}

/** What a consumer gets besides the message. */
export interface Delivery {
  /** `performance.now()` ms at which it must stop; another message goes on with the rest of the work. */
  deadline: number;
}

/**
 * Makes the Lambda handler of an SQS queue. Messages are handled one after the other. One that fails is given back
 * alone: SQS delivers it again, and after its last attempt moves it to the dead letters. A message that the schema
 * refuses ends there too, where a person can read it. `compose` is awaited once per execution environment, and again
 * after a failure.
 */
export const queueHandler = <Schema extends z.ZodType, Deps>(
  schema: Schema,
  compose: () => Promise<Deps>,
  handle: (message: z.output<Schema>, deps: Deps, delivery: Delivery) => Promise<void>,
): ((event: Pick<SQSEvent, 'Records'>, context: WorkerContext) => Promise<SQSBatchResponse>) => {
  const dependencies = once(compose);

  const handleRecord = async (record: SQSRecord, context: WorkerContext): Promise<void> => {
    const messageMs = Math.min(context.getRemainingTimeInMillis() - RESERVE_MS, MAX_MESSAGE_MS);
    if (messageMs <= 0) throw new OutOfTime('No time left for this message in this invocation');
    const deadline = performance.now() + messageMs;
    const message = schema.parse(JSON.parse(record.body));
    await handle(message, await dependencies(), { deadline });
  };

  return async ({ Records }, context) => {
    const batchItemFailures: SQSBatchResponse['batchItemFailures'] = [];
    for (const record of Records) {
      const { messageId } = record;
      await withLogContext({ message_id: messageId }, async () => {
        const startedAt = performance.now();
        const attempt = Number(record.attributes.ApproximateReceiveCount);
        logger.info('message received', {
          event: 'message_received',
          attempt,
          function_request_id: context.awsRequestId,
        });
        const outcome = await handleRecord(record, context).then(
          () => 'done',
          (error: unknown) => {
            logger.error('message failed', { event: 'message_failed', attempt, error: errorFields(error) });
            batchItemFailures.push({ itemIdentifier: messageId });
            return 'failed';
          },
        );
        const ms = Math.round(performance.now() - startedAt);
        logger.info('message finished', { event: 'message_finished', outcome, ms });
      });
    }
    return { batchItemFailures };
  };
};

class OutOfTime extends Error {
  override readonly name = 'OutOfTime';
}
