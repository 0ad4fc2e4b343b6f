import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { RaiseAlarm, Watched } from './watched.ts';

const MINUTE = Duration.minutes(1);
const FIVE_MINUTES = Duration.minutes(5);
const MB = 1024 ** 2;
const GB = 1024 ** 3;
/** CPU credits of a burstable server: they last the smallest one for an hour and a half of full load. */
const FEW_CREDITS = 30;
/** With less memory, PostgreSQL reads from the disk what it would have in its caches. */
const LITTLE_MEMORY = 80 * MB;

/** Alarms about the foundations: the database, the account's Lambda quota, the way out of the network. */
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
    says: 'The database will soon refuse connections. Then every request fails.',
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
      says: 'The database has used up its CPU credits: each further hour is billed, or slow.',
      metric: every(cpuCredits, FIVE_MINUTES, 'Minimum'),
      below: FEW_CREDITS,
      periods: { of: 3, bad: 3 },
    });
  }
  if (freeStorage !== null) {
    alarm({
      runbook: 'database-full',
      severity: 'page',
      says: 'The database will soon have no disk space left. Then nothing can be stored.',
      metric: every(freeStorage, FIVE_MINUTES, 'Minimum'),
      below: stage.databaseStorageGb * 0.15 * GB,
    });
  }
};

/** The quota is one for the whole AWS account: functions of other services count, too. */
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
    says: 'The AWS account will soon reach its Lambda quota. Then requests of all kinds are refused.',
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
