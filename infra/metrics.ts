import { Duration } from 'aws-cdk-lib';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { METRICS_NAMESPACE, METRICS_SERVICE, type MetricName } from '../lib/metric-names.ts';
import { functionNameOf } from './constructs/service-function.ts';
import { queueNameOf } from './constructs/worker-queue.ts';
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

type Options = Pick<MetricOptions, 'period' | 'statistic'>;

/** A metric that Lambda keeps of one function, by the function's fixed name: no stack has to tell another. */
export const functionMetric = (stage: Stage, entry: string, metricName: string, options: Options): Metric =>
  new Metric({
    namespace: 'AWS/Lambda',
    metricName,
    dimensionsMap: { FunctionName: functionNameOf(stage, entry) },
    ...options,
  });

/** A metric that SQS keeps of one queue, by its fixed name. */
export const queueMetric = (
  stage: Stage,
  queue: { name: string; deadLetters?: boolean },
  metricName: 'ApproximateAgeOfOldestMessage' | 'ApproximateNumberOfMessagesVisible',
): Metric =>
  new Metric({
    namespace: 'AWS/SQS',
    metricName,
    dimensionsMap: { QueueName: queueNameOf(stage, queue) },
    statistic: 'Maximum',
    period: Duration.minutes(5),
  });
