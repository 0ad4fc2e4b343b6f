import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { consumers, routes, schedules } from '../../functions/routes.ts';
import { METRICS_NAMESPACE } from '../../lib/metric-names.ts';
import { serviceMetric } from '../metrics.ts';
import { OPERATIONS } from '../registry.ts';
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
  const turnedAway = new MetricFilter(scope, 'ClientsTurnedAway', {
    logGroup: accessLog,
    filterPattern: FilterPattern.stringValue('$.status', '=', '429'),
    metricNamespace: `${METRICS_NAMESPACE}/${stage.name}`,
    metricName: 'ClientsTurnedAway',
    metricValue: '1',
    defaultValue: 0,
  });
  alarm({
    runbook: 'clients-throttled',
    severity: 'ticket',
    says: `Clients call a route more often than ${stage.requestsPerSecond} times a second and get 429.`,
    metric: turnedAway.metric({ statistic: 'Sum', period: FIVE_MINUTES }),
    above: 10,
  });
};

const watchFunctions = ({ functions }: Watched, alarm: RaiseAlarm): void => {
  const impacts = new Map<string, string>([
    ...routes.map(({ entry, contract }) => [entry, `Requests for "${contract.summary}" fail or are refused`] as const),
    ...consumers.map(({ entry, queue }) => [entry, `Background work (${queue}) fails or cannot run`] as const),
    ...schedules.map(({ entry }) => [entry, `Work that is due (${entry}) is not started`] as const),
    ...OPERATIONS.map(({ entry, impact }) => [entry, impact] as const),
    ['default-route', 'Requests to unknown and unversioned paths fail'],
    ['redrive', 'An operator could not move dead letters back'],
  ]);
  for (const [entry, lambda] of functions) {
    alarm({
      runbook: 'function-failing',
      severity: 'page',
      subject: entry,
      says: `${impacts.get(entry) ?? entry}: the function ends without an answer, or too many executions of it run already.`,
      metric: new MathExpression({
        // Lambda sends no data about throttles if there were none, and a sum with no data is no data.
        expression: 'FILL(errors, 0) + FILL(throttles, 0)',
        usingMetrics: {
          errors: lambda.metricErrors({ period: FIVE_MINUTES, statistic: 'Sum' }),
          throttles: lambda.metricThrottles({ period: FIVE_MINUTES, statistic: 'Sum' }),
        },
        period: FIVE_MINUTES,
      }),
      above: 0,
      periods: { of: 3, bad: 2 },
    });
  }
};

const watchQueues = ({ stage, functions, queues }: Watched, alarm: RaiseAlarm): void => {
  alarm({
    runbook: 'messages-failing',
    severity: 'ticket',
    says: 'A worker has failed at least twice within an hour: somebody waits, and dead letters will follow.',
    metric: serviceMetric(stage, 'FailedMessages', 'Sum', { period: Duration.hours(1) }),
    above: 1,
  });
  for (const [name, { queue, deadLetters }] of queues) {
    alarm({
      runbook: 'dead-letters',
      severity: 'page',
      subject: name,
      says: `Work (${name}) failed five times, and its message is among the dead letters: somebody waits for it.`,
      metric: deadLetters.metricApproximateNumberOfMessagesVisible({ period: FIVE_MINUTES, statistic: 'Maximum' }),
      above: 0,
    });
    alarm({
      runbook: 'queue-waiting',
      severity: 'ticket',
      subject: name,
      says: `Work (${name}) has waited for a worker for an hour.`,
      metric: queue.metricApproximateAgeOfOldestMessage({ period: FIVE_MINUTES, statistic: 'Maximum' }),
      above: 3600,
    });
  }
  for (const { entry, queue } of consumers) {
    const worker = functions.get(entry);
    if (worker === undefined) continue;
    alarm({
      runbook: 'recursion-stopped',
      severity: 'ticket',
      subject: queue,
      says: `AWS takes the way in which our workers (${queue}) wake themselves for a mistake and stops it: long work does not end.`,
      metric: worker.metric('RecursiveInvocationsDropped', { period: FIVE_MINUTES, statistic: 'Sum' }),
      above: 0,
    });
  }
};

const watchTick = ({ functions }: Watched, alarm: RaiseAlarm): void => {
  for (const { entry, rateSeconds } of schedules) {
    const handler = functions.get(entry);
    if (handler === undefined) continue;
    alarm({
      runbook: 'tick-silent',
      severity: 'page',
      subject: entry,
      says: 'The tick does not run: interrupted work does not go on, scheduled work does not begin, and the alarms about accounts see nothing.',
      metric: succeeded(handler, Duration.seconds(Math.max(60, rateSeconds))),
      below: 1,
      periods: { of: 5, bad: 5 },
      silence: 'alarming',
    });
  }
};

/** Invocations that ended well: a tick that fails each time does as little as one that never runs. */
const succeeded = (handler: LambdaFunction, period: Duration): IMetric =>
  new MathExpression({
    expression: 'FILL(invocations, 0) - FILL(errors, 0)',
    usingMetrics: {
      invocations: handler.metricInvocations({ period, statistic: 'Sum' }),
      errors: handler.metricErrors({ period, statistic: 'Sum' }),
    },
    period,
  });
