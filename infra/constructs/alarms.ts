import { Duration } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { type IMetric, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { FilterPattern, type LogGroup, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { consumers, routes, schedules } from '../../functions/routes.ts';
import { METRICS_NAMESPACE } from '../../lib/metric-names.ts';
import { serviceMetric } from '../metrics.ts';
import { OPERATIONS } from '../registry.ts';
import type { Stage } from '../stage.ts';
import type { Database } from './database.ts';
import type { Network } from './network.ts';
import { type AlarmTopics, PeopleAlarm, type PeopleAlarmProps } from './people-alarm.ts';
import { watchPlatform } from './platform-alarms.ts';
import type { WorkerQueue } from './worker-queue.ts';

/** What an alarm is, but for the stage and the topics. */
export type AlarmProps = Omit<PeopleAlarmProps, 'stage' | 'topics'>;

export interface Watched {
  stage: Stage;
  api: HttpApi;
  accessLog: LogGroup;
  database: Database;
  network: Network;
  functions: ReadonlyMap<string, LambdaFunction>;
  queues: ReadonlyMap<string, WorkerQueue>;
}

const FIVE_MINUTES = Duration.minutes(5);

/** Everything somebody is woken for. Each names its section of `docs/runbook.md`; a test fails where one has none. */
export class Alarms extends Construct {
  readonly #watched: Watched;
  readonly #topics: AlarmTopics;

  constructor(scope: Construct, id: string, { topics, ...watched }: Watched & { topics: AlarmTopics }) {
    super(scope, id);
    this.#watched = watched;
    this.#topics = topics;
    this.#watchAccounts();
    this.#watchSyncs();
    this.#watchWrites();
    this.#watchApi();
    this.#watchFunctions();
    this.#watchQueues();
    this.#watchTick();
    watchPlatform(watched, (props) => this.#alarm(props));
  }

  #alarm(props: AlarmProps): void {
    const id = [props.runbook, props.subject ?? '']
      .join('-')
      .replace(/(?:^|[-.])(\w?)/g, (_, letter: string) => letter.toUpperCase());
    new PeopleAlarm(this, id, { stage: this.#watched.stage, topics: this.#topics, ...props });
  }

  #watchAccounts(): void {
    const { stage } = this.#watched;
    this.#alarm({
      runbook: 'token-dead',
      severity: 'page',
      says: 'Instagram refuses the token of a connected account: nothing of it is synced, nobody can comment or publish.',
      metric: serviceMetric(stage, 'DeadTokens', 'Maximum'),
      above: 0,
    });
    this.#alarm({
      runbook: 'token-dying',
      severity: 'ticket',
      says: "A connected account's token expires within a week: then its people can no longer sync, comment or publish.",
      metric: serviceMetric(stage, 'DyingTokens', 'Maximum'),
      above: 0,
    });
    this.#alarm({
      runbook: 'instagram-throttling',
      severity: 'ticket',
      says: 'Instagram has limited our calls for an account for an hour: its people wait for syncs, and cannot write.',
      metric: serviceMetric(stage, 'ThrottledAccounts', 'Maximum'),
      above: 0,
      periods: { of: 12, bad: 12 },
    });
    this.#alarm({
      runbook: 'writes-blocked',
      severity: 'page',
      says: 'Instagram takes what an account writes for spam and has blocked it: its people cannot comment.',
      metric: serviceMetric(stage, 'BlockedAccounts', 'Maximum'),
      above: 0,
    });
  }

  #watchSyncs(): void {
    const { stage } = this.#watched;
    this.#alarm({
      runbook: 'sync-not-finishing',
      severity: 'ticket',
      says: 'A sync has been going on for two hours: people see posts of an older day.',
      metric: serviceMetric(stage, 'OldestUnfinishedSyncSeconds', 'Maximum'),
      above: 2 * 3600,
    });
    this.#alarm({
      runbook: 'sync-lagging',
      severity: 'ticket',
      says: `An account has had no successful sync for ${stage.maxSyncLagHours} hours: its people see posts of an older day.`,
      metric: serviceMetric(stage, 'SyncLagSeconds', 'Maximum'),
      above: stage.maxSyncLagHours * 3600,
    });
    this.#alarm({
      runbook: 'sync-failed',
      severity: 'ticket',
      says: 'A sync has failed and is not tried again by itself: people see posts of an older day.',
      metric: serviceMetric(stage, 'FailedSyncs', 'Sum'),
      above: 0,
    });
    this.#alarm({
      runbook: 'sync-held-back',
      severity: 'ticket',
      says: 'A sync found too many posts gone to believe it: people may see posts that no longer exist.',
      metric: serviceMetric(stage, 'HeldBackSyncs', 'Maximum'),
      above: 0,
    });
  }

  #watchWrites(): void {
    const { stage } = this.#watched;
    this.#alarm({
      runbook: 'write-unknown',
      severity: 'ticket',
      says: 'For an hour nobody has known whether a comment or reply of somebody is on Instagram.',
      metric: serviceMetric(stage, 'OldestUnknownIntentSeconds', 'Maximum'),
      above: 3600,
    });
    this.#alarm({
      runbook: 'write-abandoned',
      severity: 'ticket',
      says: 'We have given up finding out whether a comment or reply is on Instagram: a person must look.',
      metric: serviceMetric(stage, 'AbandonedIntents', 'Sum'),
      above: 0,
    });
    this.#alarm({
      runbook: 'publication-unknown',
      severity: 'page',
      says: 'Nobody knows whether a post was published: a person must look before it is tried again.',
      metric: serviceMetric(stage, 'UnknownPublications', 'Sum'),
      above: 0,
    });
    this.#alarm({
      runbook: 'scheduled-publication-failed',
      severity: 'page',
      says: 'A post that was to appear by itself at a stated time has not: nobody who planned it is watching.',
      metric: serviceMetric(stage, 'FailedScheduledPublications', 'Sum'),
      above: 0,
    });
    this.#alarm({
      runbook: 'written-twice',
      severity: 'page',
      says: 'Something that was asked for once is on Instagram twice: everybody sees it.',
      metric: serviceMetric(stage, 'SecondEffects', 'Sum'),
      above: 0,
    });
    this.#alarm({
      runbook: 'work-parked',
      severity: 'ticket',
      says: 'Something somebody asked for was begun five times without getting any further, and was put aside.',
      metric: serviceMetric(stage, 'ParkedWork', 'Sum'),
      above: 0,
    });
  }

  #watchApi(): void {
    const { stage, api, accessLog } = this.#watched;
    this.#alarm({
      runbook: 'api-failing',
      severity: 'page',
      says: 'More than one request in twenty fails on our side, in two of the last three times five minutes.',
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
    const turnedAway = new MetricFilter(this, 'ClientsTurnedAway', {
      logGroup: accessLog,
      filterPattern: FilterPattern.stringValue('$.status', '=', '429'),
      metricNamespace: `${METRICS_NAMESPACE}/${stage.name}`,
      metricName: 'ClientsTurnedAway',
      metricValue: '1',
      defaultValue: 0,
    });
    this.#alarm({
      runbook: 'clients-throttled',
      severity: 'ticket',
      says: `Clients call a route more often than ${stage.requestsPerSecond} times a second and are turned away.`,
      metric: turnedAway.metric({ statistic: 'Sum', period: FIVE_MINUTES }),
      above: 10,
    });
  }

  #watchFunctions(): void {
    const impacts = new Map<string, string>([
      ...routes.map(
        ({ entry, contract }) => [entry, `Requests for "${contract.summary}" fail or are turned away`] as const,
      ),
      ...consumers.map(
        ({ entry, queue }) => [entry, `Background work (${queue}) fails or does not get to run`] as const,
      ),
      ...schedules.map(({ entry }) => [entry, `Work that is due (${entry}) is not woken`] as const),
      ...OPERATIONS.map(({ entry, impact }) => [entry, impact] as const),
      ['default-route', 'Requests to unknown and unversioned paths fail'],
      ['redrive', 'An operator could not move dead letters back'],
    ]);
    for (const [entry, lambda] of this.#watched.functions) {
      this.#alarm({
        runbook: 'function-failing',
        severity: 'page',
        subject: entry,
        says: `${impacts.get(entry) ?? entry}: it ends without an answer, or too many of it run already.`,
        metric: new MathExpression({
          // Lambda says nothing of throttles where there were none, and a sum with nothing is nothing.
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
  }

  #watchQueues(): void {
    this.#alarm({
      runbook: 'messages-failing',
      severity: 'ticket',
      says: 'A worker has failed twice within an hour at what it was woken for: somebody waits, and dead letters follow.',
      metric: serviceMetric(this.#watched.stage, 'FailedMessages', 'Sum', { period: Duration.hours(1) }),
      above: 1,
    });
    for (const [name, { queue, deadLetters }] of this.#watched.queues) {
      this.#alarm({
        runbook: 'dead-letters',
        severity: 'page',
        subject: name,
        says: `Work (${name}) has failed again and again and was put aside: somebody waits for it in vain.`,
        metric: deadLetters.metricApproximateNumberOfMessagesVisible({ period: FIVE_MINUTES, statistic: 'Maximum' }),
        above: 0,
      });
      this.#alarm({
        runbook: 'queue-waiting',
        severity: 'ticket',
        subject: name,
        says: `Work (${name}) has waited for an hour for its turn.`,
        metric: queue.metricApproximateAgeOfOldestMessage({ period: FIVE_MINUTES, statistic: 'Maximum' }),
        above: 3600,
      });
    }
    for (const { entry, queue } of consumers) {
      const worker = this.#watched.functions.get(entry);
      if (worker === undefined) continue;
      this.#alarm({
        runbook: 'recursion-stopped',
        severity: 'ticket',
        subject: queue,
        says: `AWS takes the way our workers (${queue}) wake themselves for a mistake and stops it: long work does not end.`,
        metric: worker.metric('RecursiveInvocationsDropped', { period: FIVE_MINUTES, statistic: 'Sum' }),
        above: 0,
      });
    }
  }

  #watchTick(): void {
    for (const { entry, rateSeconds } of schedules) {
      const handler = this.#watched.functions.get(entry);
      if (handler === undefined) continue;
      this.#alarm({
        runbook: 'tick-silent',
        severity: 'page',
        subject: entry,
        says: 'Nothing wakes work that is due: whatever was interrupted stays so, and the alarms about accounts see nothing.',
        metric: succeeded(handler, Duration.seconds(Math.max(60, rateSeconds))),
        below: 1,
        periods: { of: 5, bad: 5 },
        silence: 'alarming',
      });
    }
  }
}

/** Invocations that ended well: one that fails each time is as silent as one that never runs. */
const succeeded = (handler: LambdaFunction, period: Duration): IMetric =>
  new MathExpression({
    expression: 'FILL(invocations, 0) - FILL(errors, 0)',
    usingMetrics: {
      invocations: handler.metricInvocations({ period, statistic: 'Sum' }),
      errors: handler.metricErrors({ period, statistic: 'Sum' }),
    },
    period,
  });
