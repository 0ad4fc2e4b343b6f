import type { Logger } from '@aws-lambda-powertools/logger';
import { errorFields } from '../logger.ts';
import { MAX_DELAY_SECONDS, type Sender } from '../queue/sender.ts';
import type { WorkKey } from './turn.ts';

/** Sends a wake-up for a row, to be received no sooner than `delaySeconds` from now. */
export type Wake = (key: WorkKey, delaySeconds: number) => Promise<void>;

/**
 * Makes the `Wake` of one table. A failure to send is logged, not thrown: the row is committed, and the tick wakes it
 * later.
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
    if (delaySeconds > MAX_DELAY_SECONDS) return; // the tick wakes it in time
    const message = toMessage(key);
    try {
      await sender.send(message, { delaySeconds: Math.ceil(delaySeconds) });
    } catch (error) {
      logger.error('wake-up not sent', { event: 'wake_up_lost', ...message, error: errorFields(error) });
    }
  };
