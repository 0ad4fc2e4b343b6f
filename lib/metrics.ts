import { metricsEnv, parseEnv } from './config.ts';
import { EVENT_METRICS, METRICS, type MetricName } from './metric-names.ts';

const { METRICS_NAMESPACE } = parseEnv(metricsEnv);

type Fields = Readonly<Record<string, unknown>>;

/**
 * Fields that make a log line metrics too: CloudWatch reads them out of the log (embedded metric format). Every metric
 * has the dimension `service`, which every line has; `dimension` names one more field of it. Empty where no namespace
 * is set, as on a developer's machine.
 *
 * Written by hand, because @aws-lambda-powertools/metrics writes lines of its own, and adds 15 KB to every function.
 * @see
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export const embedMetrics = (
  values: Readonly<Partial<Record<MetricName, number>>>,
  {
    dimension,
    namespace = METRICS_NAMESPACE,
    now = Date.now(),
  }: { dimension?: string | undefined; namespace?: string | undefined; now?: number } = {},
): Fields => {
  const names = Object.keys(values) as MetricName[];
  if (namespace === undefined || names.length === 0) return {};
  return {
    _aws: {
      Timestamp: now,
      CloudWatchMetrics: [
        {
          Namespace: namespace,
          Dimensions: [['service', ...(dimension === undefined ? [] : [dimension])]],
          Metrics: names.map((Name) => ({ Name, Unit: METRICS[Name] })),
        },
      ],
    },
    ...values,
  };
};

/** The metrics that a log line is by its `event`; `namespace` as above. */
export const metricsOfEvent = (event: unknown, namespace = METRICS_NAMESPACE): Fields => {
  const metric = typeof event === 'string' && Object.hasOwn(EVENT_METRICS, event) ? EVENT_METRICS[event] : undefined;
  if (metric === undefined) return {};
  return embedMetrics(Object.fromEntries(metric.counts.map((name) => [name, 1])), {
    dimension: metric.dimension,
    namespace,
  });
};
