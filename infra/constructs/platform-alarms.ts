import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { RaiseAlarm, Watched } from './watched.ts';

const MINUTE = Duration.minutes(1);
const FIVE_MINUTES = Duration.minutes(5);
const MB = 1024 ** 2;
const GB = 1024 ** 3;
/** Of a burstable server: an hour and a half of the smallest one at full load. */
const FEW_CREDITS = 30;
/** Below it PostgreSQL's own caches go to the disk. */
const LITTLE_MEMORY = 80 * MB;

/** Alarms about what everything stands on: the database, the account's Lambda quota, the way out of the network. */
export const watchPlatform = (watched: Watched, alarm: RaiseAlarm): void => {
  watchDatabase(watched, alarm);
  watchAccount(alarm);
  watchNetwork(watched, alarm);
};

const watchDatabase = ({ stage, database }: Watched, alarm: RaiseAlarm): void => {
  const { connections, cpu, cpuCredits, freeMemory, freeStorage } = database.metrics;
  alarm({
    runbook: 'database-connections',
    severity: 'page',
    says: 'The database is about to refuse connections: then every request fails.',
    metric: every(connections, MINUTE, 'Maximum'),
    above: Math.floor(stage.databaseMaxConnections * 0.8),
    periods: { of: 5, bad: 3 },
  });
  alarm({
    runbook: 'database-busy',
    severity: 'page',
    says: "The database's processor has been busy for 15 minutes: everybody waits.",
    metric: every(cpu, FIVE_MINUTES, 'Average'),
    above: 85,
    periods: { of: 3, bad: 3 },
  });
  alarm({
    runbook: 'database-memory',
    severity: 'ticket',
    says: 'The database has had hardly any memory left for 15 minutes: everybody waits for its disk.',
    metric: every(freeMemory, FIVE_MINUTES, 'Minimum'),
    below: LITTLE_MEMORY,
    periods: { of: 3, bad: 3 },
  });
  if (cpuCredits !== null) {
    alarm({
      runbook: 'database-credits',
      severity: 'ticket',
      says: 'The database uses its processor for longer than it is made for: each further hour is billed, or slow.',
      metric: every(cpuCredits, FIVE_MINUTES, 'Minimum'),
      below: FEW_CREDITS,
      periods: { of: 3, bad: 3 },
    });
  }
  if (freeStorage !== null) {
    alarm({
      runbook: 'database-full',
      severity: 'page',
      says: 'The database runs out of space: then nothing is stored any more.',
      metric: every(freeStorage, FIVE_MINUTES, 'Minimum'),
      below: stage.databaseStorageGb * 0.15 * GB,
    });
  }
};

/** Functions of other services of the account count too: its quota is one for all. */
const watchAccount = (alarm: RaiseAlarm): void => {
  const running = new Metric({
    namespace: 'AWS/Usage',
    metricName: 'ResourceCount',
    dimensionsMap: { Service: 'Lambda', Type: 'Resource', Resource: 'ConcurrentExecutions', Class: 'None' },
    statistic: 'Maximum',
    period: FIVE_MINUTES,
  });
  alarm({
    runbook: 'lambda-quota',
    severity: 'page',
    says: 'The account may soon start no more functions: then requests are turned away whatever they ask for.',
    metric: new MathExpression({
      expression: '100 * FILL(running, 0) / SERVICE_QUOTA(running)',
      usingMetrics: { running },
      period: FIVE_MINUTES,
    }),
    above: 80,
    periods: { of: 3, bad: 2 },
  });
};

const watchNetwork = ({ network }: Watched, alarm: RaiseAlarm): void => {
  for (const [index, NatGatewayId] of network.natGatewayIds.entries()) {
    alarm({
      runbook: 'way-out-blocked',
      subject: String(index + 1),
      severity: 'page',
      says: 'Our calls to Instagram and AWS find no way out of the network: syncs and writes fail at random.',
      metric: new Metric({
        namespace: 'AWS/NATGateway',
        metricName: 'ErrorPortAllocation',
        dimensionsMap: { NatGatewayId },
        statistic: 'Sum',
        period: FIVE_MINUTES,
      }),
      above: 0,
      periods: { of: 3, bad: 2 },
    });
  }
};

const every = (metric: IMetric, period: Duration, statistic: string): IMetric =>
  metric instanceof Metric ? metric.with({ period, statistic }) : metric;
