import type { Logger } from '@aws-lambda-powertools/logger';
import { embedMetrics } from '../metrics.ts';
import type { VitalsRepository } from './repository.ts';

/**
 * Logs the figures in one line that is also a metric each. Where there is nothing to measure, a figure is 0. The
 * exception is what is left of Instagram's limit: not known is not the same as nothing left.
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
    logger.info('vitals', { event: 'vitals', ...values, ...embedMetrics(values) });
  };
