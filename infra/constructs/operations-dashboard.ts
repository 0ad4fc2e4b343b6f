import { Duration } from 'aws-cdk-lib';
import { Dashboard, GraphWidget, type IMetric, type IWidget, Metric, TextWidget } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { consumers, schedules } from '../../functions/routes.ts';
import type { MetricName } from '../../lib/metric-names.ts';
import { functionMetric, queueMetric, serviceMetric } from '../metrics.ts';
import type { Watched } from './watched.ts';

const FIVE_MINUTES = Duration.minutes(5);
const WIDTH = 24;

/** Answers of Instagram as `InstagramError.kind` names them, and `ok`. */
const CALL_KINDS = [
  'ok',
  'throttled',
  'blocked',
  'token',
  'permission',
  'transient',
  'rejected',
  'missing',
  'malformed',
];

/** One page, from what people notice down to what causes it. */
export class OperationsDashboard extends Construct {
  readonly #watched: Watched;

  constructor(scope: Construct, id: string, watched: Watched) {
    super(scope, id);
    this.#watched = watched;
    const dashboard = new Dashboard(this, 'Dashboard', {
      dashboardName: `${watched.stage.prefix}-${watched.stage.region}`, // dashboards belong to no region
      defaultInterval: Duration.hours(6),
    });
    const rows: [string, IWidget[]][] = [
      ['What people notice', this.#people()],
      ['Accounts and Instagram', this.#instagram()],
      ['Background work', this.#work()],
      ['What it all stands on', this.#foundation()],
    ];
    for (const [title, widgets] of rows) {
      dashboard.addWidgets(new TextWidget({ markdown: `## ${title}`, width: WIDTH, height: 1 }));
      dashboard.addWidgets(...widgets);
    }
  }

  #people(): IWidget[] {
    const { stage, api } = this.#watched;
    const sum = { period: FIVE_MINUTES, statistic: 'Sum' };
    return row([
      ['Requests', [api.metricCount(sum)], [api.metricClientError(sum), api.metricServerError(sum)]],
      [
        'Seconds to answer',
        ['p50', 'p90', 'p99'].map((statistic) => api.metricLatency({ period: FIVE_MINUTES, statistic })),
      ],
      ['Writes whose end is not known (s)', [serviceMetric(stage, 'OldestUnknownIntentSeconds', 'Maximum')]],
    ]);
  }

  #instagram(): IWidget[] {
    const { stage } = this.#watched;
    const maximum = (name: MetricName) => serviceMetric(stage, name, 'Maximum');
    return row([
      [
        'Answers of Instagram, by kind',
        CALL_KINDS.map((kind) =>
          serviceMetric(stage, 'GraphCalls', 'Sum', { dimensions: { kind } }).with({ label: kind }),
        ),
      ],
      ['What is left of the rate limit (%)', [serviceMetric(stage, 'RateLimitHeadroomPercent', 'Minimum')]],
      [
        'Accounts in trouble',
        [
          maximum('DeadTokens'),
          maximum('FadingTokens'),
          maximum('DyingTokens'),
          maximum('EndingTokens'),
          maximum('ThrottledAccounts'),
          maximum('BlockedAccounts'),
        ],
      ],
    ]);
  }

  #work(): IWidget[] {
    const { stage } = this.#watched;
    const maximum = (name: MetricName) => serviceMetric(stage, name, 'Maximum');
    const sum = (name: MetricName) => serviceMetric(stage, name, 'Sum');
    return row([
      [
        'Syncs',
        [maximum('OldestUnfinishedSyncSeconds'), maximum('SyncLagSeconds')],
        [sum('SyncPages'), sum('FailedSyncs'), maximum('LateTasks')],
      ],
      [
        'Writes and publications under way',
        [
          ...(['IntentsSending', 'IntentsPending', 'IntentsUnknown'] as const).map(maximum),
          ...(['PublicationsScheduled', 'PublicationsQueued', 'PublicationsProcessing'] as const).map(maximum),
          maximum('PublicationsPublishing'),
        ],
        [
          sum('AbandonedIntents'),
          sum('UnreadWrites'),
          sum('UnknownPublications'),
          sum('FailedPublications'),
          sum('ParkedWork'),
        ],
      ],
      [
        'Queues: age of the oldest message (s), dead letters',
        consumers.map(({ queue: name }) =>
          queueMetric(stage, { name }, 'ApproximateAgeOfOldestMessage').with({ label: name }),
        ),
        consumers.map(({ queue: name }) =>
          queueMetric(stage, { name, deadLetters: true }, 'ApproximateNumberOfMessagesVisible').with({ label: name }),
        ),
      ],
    ]);
  }

  #foundation(): IWidget[] {
    const { stage, database } = this.#watched;
    const ofWorkers = (metricName: string, statistic: string) =>
      [...consumers, ...schedules].map(({ entry }) =>
        functionMetric(stage, entry, metricName, { period: FIVE_MINUTES, statistic }).with({ label: entry }),
      );
    const { connections, cpu, freeStorage } = database.metrics;
    return row([
      ['Database: connections, processor (%)', [connections], [cpu]],
      ['Workers: time (ms), errors', ofWorkers('Duration', 'Average'), ofWorkers('Errors', 'Sum')],
      ...(freeStorage === null ? [] : [['Database: free space (bytes)', [freeStorage]] as Graph]),
    ]);
  }
}

type Graph = [title: string, left: IMetric[], right?: IMetric[]];

const row = (graphs: readonly Graph[]): IWidget[] =>
  graphs.map(
    ([title, left, right = []]) =>
      new GraphWidget({ title, left: named(left), right: named(right), width: WIDTH / graphs.length, height: 6 }),
  );

/** CloudWatch labels the only metric of a graph with nothing but its number. */
const named = (metrics: readonly IMetric[]): IMetric[] =>
  metrics.map((metric) =>
    metric instanceof Metric && metric.label === undefined ? metric.with({ label: metric.metricName }) : metric,
  );
