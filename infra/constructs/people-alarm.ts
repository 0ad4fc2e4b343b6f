import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Stage } from '../stage.ts';

/** `page` wakes somebody now, because people cannot work. `ticket` is for the next working day. */
export type Severity = 'page' | 'ticket';
export type AlarmTopics = Readonly<Record<Severity, ITopic>>;

export interface PeopleAlarmProps {
  stage: Stage;
  topics: AlarmTopics;
  severity: Severity;
  /** The section of `docs/runbook.md` that says what to do, as its anchor; begins the alarm's name. */
  runbook: string;
  /** Which queue or function, if several alarms share a section. */
  subject?: string;
  /** What it means for people, in whole sentences. */
  says: string;
  metric: IMetric;
  /** It alarms when the metric is greater than this; with `below`, when it is less. */
  above?: number;
  below?: number;
  /** In how many of the last periods; default the last one. */
  periods?: { of: number; bad: number };
  /** What it means if there is no data; default: all is well. */
  silence?: 'fine' | 'alarming';
}

/** An alarm whose text says what is wrong, for whom, and where to read what to do. */
export class PeopleAlarm extends Construct {
  constructor(scope: Construct, id: string, props: PeopleAlarmProps) {
    super(scope, id);
    const { stage, topics, severity, runbook, subject, says, metric, above, below, periods, silence = 'fine' } = props;
    if ((above === undefined) === (below === undefined)) throw new Error(`${id}: either above or below`);
    const alarm = new Alarm(this, 'Alarm', {
      alarmName: [stage.prefix, runbook, ...(subject === undefined ? [] : [subject])].join('-'),
      alarmDescription: `${says} What to do: docs/runbook.md#${runbook}`,
      metric,
      threshold: above ?? below ?? 0,
      comparisonOperator:
        above === undefined ? ComparisonOperator.LESS_THAN_THRESHOLD : ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: periods?.of ?? 1,
      datapointsToAlarm: periods?.bad ?? 1,
      treatMissingData: silence === 'fine' ? TreatMissingData.NOT_BREACHING : TreatMissingData.BREACHING,
    });
    const action = new SnsAction(topics[severity]);
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
  }
}
