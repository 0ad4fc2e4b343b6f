import type { Logger } from '@aws-lambda-powertools/logger';
import { errorFields } from '../logger.ts';
import type { Sender } from '../queue/sender.ts';
import type { WorkKey } from './turn.ts';

/** SQS delays a message by 15 minutes at most; a wake-up further away is the tick's. */
const LONGEST_DELAY_SECONDS = 900;

/** Sends a wake-up for a row, to be received no sooner than `delaySeconds` from now. */
export type Wake = (key: WorkKey, delaySeconds: number) => Promise<void>;

/**
 * Makes it for one table. A failure to send is logged, not thrown: the row is committed, and a wake-up that is lost only
 * costs time, until the tick repeats it.
 */
export const createWake =
  <Message>({
    sender,
    toMessage,
    logger,
  }: {
    sender: Pick<Sender<Message>, 'send'>;
    toMessage: (key: WorkKey) => Message;
    logger: Pick<Logger, 'error'>;
  }): Wake =>
  async (key, delaySeconds) => {
    if (delaySeconds > LONGEST_DELAY_SECONDS) return;
    const message = toMessage(key);
    try {
      await sender.send(message, { delaySeconds: Math.ceil(delaySeconds) });
    } catch (error) {
      logger.error('wake-up not sent', { event: 'wake_up_lost', ...message, error: errorFields(error) });
    }
  };
