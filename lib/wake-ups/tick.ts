import type { Logger } from '@aws-lambda-powertools/logger';
import { errorFields } from '../logger.ts';

/** Work of one kind that lies in a table with a due time. */
export interface DueWork {
  kind: string;
  /**
   * Claims up to `limit` due rows, pushes their next due time so that none is claimed twice in a row, and sends a wake-up
   * for each. Returns how many.
   */
  wakeDue: (limit: number) => Promise<number>;
}

/** Rows of one kind claimed in one tick; what is left is due at the next. */
const MAX_CLAIMED = 500;

/**
 * Wakes all work that is due: runs whose worker crashed, whose pause is over, or whose wake-up was lost. It only sends
 * messages; whoever receives one takes the lease. One kind that fails does not keep the others from being woken.
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
        logger.error('work of one kind not woken', { event: 'tick_failed', kind, error: errorFields(error) });
        failures.push(error);
      }
    }
    logger.info('tick', { event: 'tick', woken });
    if (failures.length > 0) throw new AggregateError(failures, 'Not all due work could be woken');
  };
