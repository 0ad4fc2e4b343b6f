import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { METRICS_NAMESPACE, METRICS_SERVICE, type MetricName } from '../lib/metric-names.ts';
import type { Stage } from './stage.ts';

/** A metric that our functions emit; `statistic` as CloudWatch spells it. */
export const serviceMetric = (
  { name }: Pick<Stage, 'name'>,
  metricName: MetricName,
  statistic: 'Maximum' | 'Minimum' | 'Sum',
  { dimensions = {}, period = Duration.minutes(5) }: { dimensions?: Record<string, string>; period?: Duration } = {},
): Metric =>
  new Metric({
    namespace: `${METRICS_NAMESPACE}/${name}`,
    metricName,
    dimensionsMap: { service: METRICS_SERVICE, ...dimensions },
    statistic,
    period,
  });
