import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, type IFilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { consumers, schedules } from '../../functions/routes.ts';
import { METRICS_NAMESPACE } from '../../lib/metric-names.ts';
import { functionMetric, queueMetric, serviceMetric } from '../metrics.ts';
import { OPERATIONS } from '../registry.ts';
import type { Stage } from '../stage.ts';
import type { RaiseAlarm, Watched } from './watched.ts';

const FIVE_MINUTES = Duration.minutes(5);

/** Alarms about what runs the code: the API, the functions, the queues and the tick. */
export const watchRuntime = (scope: Construct, watched: Watched, alarm: RaiseAlarm): void => {
  watchApi(scope, watched, alarm);
  watchFunctions(watched, alarm);
  watchQueues(watched, alarm);
  watchTick(watched, alarm);
};

const watchApi = (scope: Construct, { stage, api, accessLog }: Watched, alarm: RaiseAlarm): void => {
  alarm({
    runbook: 'api-failing',
    severity: 'page',
    says: 'More than one request in twenty failed because of this service, in two of the last three periods of five minutes.',
    metric: new MathExpression({
      expression: 'IF(FILL(requests, 0) > 0, 100 * FILL(failures, 0) / FILL(requests, 0), 0)',
      usingMetrics: {
        requests: api.metricCount({ period: FIVE_MINUTES, statistic: 'Sum' }),
        failures: api.metricServerError({ period: FIVE_MINUTES, statistic: 'Sum' }),
      },
      period: FIVE_MINUTES,
    }),
    above: 5,
    periods: { of: 3, bad: 2 },
  });
  const counted = (metricName: string, filterPattern: IFilterPattern): IMetric =>
    new MetricFilter(scope, metricName, {
      logGroup: accessLog,
      filterPattern,
      metricNamespace: `${METRICS_NAMESPACE}/${stage.name}`,
      metricName,
      metricValue: '1',
      defaultValue: 0,
    }).metric({ statistic: 'Sum', period: FIVE_MINUTES });
  // The gateway logs what kept a function from answering: one alarm for all endpoints, at the price of one metric.
  alarm({
    runbook: 'endpoint-failing',
    severity: 'page',
    says: 'Requests get no answer of ours: a function behind the API ends without one, or too many executions of it run already.',
    metric: counted('UnansweredRequests', FilterPattern.stringValue('$.integration_error', '!=', '-')),
    above: 0,
    periods: { of: 3, bad: 2 },
  });
  alarm({
    runbook: 'clients-throttled',
    severity: 'ticket',
    says: `Clients call a route more often than ${stage.requestsPerSecond} times a second and get 429.`,
    metric: counted('ClientsTurnedAway', FilterPattern.stringValue('$.status', '=', '429')),
    above: 10,
  });
};

/** Of functions that no request waits for. Those behind the API have one alarm together: `endpoint-failing`. */
const watchFunctions = ({ stage }: Watched, alarm: RaiseAlarm): void => {
  const impacts = new Map<string, string>([
    ...consumers.map(({ entry, queue }) => [entry, `Background work (${queue}) fails or cannot run`] as const),
    ...schedules.map(({ entry }) => [entry, `Work that is due (${entry}) is not started`] as const),
    ...OPERATIONS.map(({ entry, impact }) => [entry, impact] as const),
    ['redrive', 'An operator could not move dead letters back'],
  ]);
  for (const [entry, impact] of impacts) {
    const sum = { period: FIVE_MINUTES, statistic: 'Sum' };
    alarm({
      runbook: 'function-failing',
      severity: 'page',
      subject: entry,
      says: `${impact}: the function ends without an answer, or too many executions of it run already.`,
      metric: new MathExpression({
        // Lambda sends no data about throttles if there were none, and a sum with no data is no data.
        expression: 'FILL(errors, 0) + FILL(throttles, 0)',
        usingMetrics: {
          errors: functionMetric(stage, entry, 'Errors', sum),
          throttles: functionMetric(stage, entry, 'Throttles', sum),
        },
        period: FIVE_MINUTES,
      }),
      above: 0,
      periods: { of: 3, bad: 2 },
    });
  }
};

const watchQueues = ({ stage }: Watched, alarm: RaiseAlarm): void => {
  alarm({
    runbook: 'messages-failing',
    severity: 'ticket',
    says: 'A worker has failed at least twice within an hour: somebody waits, and dead letters will follow.',
    metric: serviceMetric(stage, 'FailedMessages', 'Sum', { period: Duration.hours(1) }),
    above: 1,
  });
  for (const { entry, queue: name } of consumers) {
    alarm({
      runbook: 'dead-letters',
      severity: 'page',
      subject: name,
      says: `Work (${name}) failed five times, and its message is among the dead letters: somebody waits for it.`,
      metric: queueMetric(stage, { name, deadLetters: true }, 'ApproximateNumberOfMessagesVisible'),
      above: 0,
    });
    alarm({
      runbook: 'queue-waiting',
      severity: 'ticket',
      subject: name,
      says: `Work (${name}) has waited for a worker for an hour.`,
      metric: queueMetric(stage, { name }, 'ApproximateAgeOfOldestMessage'),
      above: 3600,
    });
    alarm({
      runbook: 'recursion-stopped',
      severity: 'ticket',
      subject: name,
      says: `AWS takes the way in which our workers (${name}) wake themselves for a mistake and stops it: long work does not end.`,
      metric: functionMetric(stage, entry, 'RecursiveInvocationsDropped', { period: FIVE_MINUTES, statistic: 'Sum' }),
      above: 0,
    });
  }
};

const watchTick = ({ stage }: Watched, alarm: RaiseAlarm): void => {
  for (const { entry, rateSeconds } of schedules) {
    alarm({
      runbook: 'tick-silent',
      severity: 'page',
      subject: entry,
      says: 'The tick does not run: interrupted work does not go on, scheduled work does not begin, and the alarms about accounts see nothing.',
      metric: succeeded(stage, entry, Duration.seconds(Math.max(60, rateSeconds))),
      below: 1,
      periods: { of: 5, bad: 5 },
      silence: 'alarming',
    });
  }
};

/** Invocations that ended well: a tick that fails each time does as little as one that never runs. */
const succeeded = (stage: Stage, entry: string, period: Duration): IMetric =>
  new MathExpression({
    expression: 'FILL(invocations, 0) - FILL(errors, 0)',
    usingMetrics: {
      invocations: functionMetric(stage, entry, 'Invocations', { period, statistic: 'Sum' }),
      errors: functionMetric(stage, entry, 'Errors', { period, statistic: 'Sum' }),
    },
    period,
  });
