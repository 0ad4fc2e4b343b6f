import { z } from 'zod';

/** CloudWatch's namespace for our metrics; unset: none are written. */
export const metricsEnv = z.object({ METRICS_NAMESPACE: z.string().optional() });
