import type { Logger } from '@aws-lambda-powertools/logger';
import { errorFields } from '../logger.ts';

/** One table of work with due times. */
export interface DueWork {
  kind: string;
  /**
   * Claims up to `limit` due rows, sends a wake-up for each, and gives their number. A claimed row is not due again for
   * a few minutes.
   */
  wakeDue: (limit: number) => Promise<number>;
}

/** Rows of one kind that one tick wakes; the next tick takes more. */
const MAX_CLAIMED = 500;

/**
 * Wakes all work that is due: its worker crashed, its pause is over, or its wake-up was lost. It only sends messages;
 * whoever receives one takes the lease. One kind that fails does not keep the others from being woken.
 * @throws {AggregateError} when a kind could not be woken, after all were tried.
 */
export const createTick =
  ({ work, logger }: { work: readonly DueWork[]; logger: Pick<Logger, 'info' | 'error'> }) =>
  async (): Promise<void> => {
    const woken: Record<string, number> = {};
    const failures: unknown[] = [];
    for (const { kind, wakeDue } of work) {
      try {
        woken[kind] = await wakeDue(MAX_CLAIMED);
      } catch (error) {
        logger.error('due work of one kind was not woken', { event: 'tick_failed', kind, error: errorFields(error) });
        failures.push(error);
      }
    }
    logger.info('tick', { event: 'tick', woken });
    if (failures.length > 0) throw new AggregateError(failures, 'Not all due work could be woken');
  };
