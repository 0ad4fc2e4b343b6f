import type { Logger } from '@aws-lambda-powertools/logger';
import { embedMetrics } from '../metrics.ts';
import type { VitalsRepository } from './repository.ts';

/**
 * Says how everything stands, as one log line that is a metric each. What there is nothing to measure of counts as 0, but
 * for what is left of Instagram's limit: nothing known is not nothing left.
 */
export const createTakeVitals =
  ({ vitals, logger }: { vitals: Pick<VitalsRepository, 'read'>; logger: Pick<Logger, 'info'> }) =>
  async (): Promise<void> => {
    const { RateLimitHeadroomPercent: headroom, ...read } = await vitals.read();
    const values = {
      ...read,
      ...(headroom !== null && { RateLimitHeadroomPercent: headroom }),
      OldestUnfinishedSyncSeconds: read.OldestUnfinishedSyncSeconds ?? 0,
      OldestUnknownIntentSeconds: read.OldestUnknownIntentSeconds ?? 0,
      SyncLagSeconds: read.SyncLagSeconds ?? 0,
    };
    logger.info('how everything stands', { event: 'vitals', ...values, ...embedMetrics(values) });
  };
