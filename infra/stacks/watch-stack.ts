import { Annotations, CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { Alarms } from '../constructs/alarms.ts';
import { OperationsDashboard } from '../constructs/operations-dashboard.ts';
import { accessLogNameOf } from '../constructs/public-api.ts';
import type { Stage } from '../stage.ts';
import type { ApiStack } from './api-stack.ts';
import type { DataStack } from './data-stack.ts';

interface WatchStackProps extends StackProps {
  stage: Stage;
  data: DataStack;
  api: ApiStack;
}

/** What faces those who run the service: alarms, whom they reach, and the dashboard. */
export class WatchStack extends Stack {
  constructor(scope: Construct, id: string, { stage, data, api: { api }, ...props }: WatchStackProps) {
    super(scope, id, props);
    const topics = {
      page: this.#addTopic('AlarmTopic', `${stage.prefix}-alarms`, stage.alarmEmail),
      ticket: this.#addTopic('TicketTopic', `${stage.prefix}-tickets`, stage.ticketEmail ?? stage.alarmEmail),
    };
    if (stage.alarmEmail === undefined) {
      Annotations.of(this).addWarningV2(
        'instagram-service:no-alarm-email',
        `Stage ${stage.name} names no alarmEmail: alarms tell nobody. Set it in cdk.json.`,
      );
    }
    const accessLog = LogGroup.fromLogGroupName(this, 'AccessLog', accessLogNameOf(stage));
    const watched = { stage, api, accessLog, database: data.database, network: data.network };
    new Alarms(this, 'Alarms', { ...watched, topics });
    new OperationsDashboard(this, 'Dashboard', watched);
    new CfnOutput(this, 'AlarmTopicArn', { value: topics.page.topicArn });
    new CfnOutput(this, 'TicketTopicArn', { value: topics.ticket.topicArn });
  }

  #addTopic(id: string, topicName: string, email: string | undefined): Topic {
    const topic = new Topic(this, id, { topicName, enforceSSL: true });
    // A topic with a policy of its own no longer has the one that let the account's alarms in.
    topic.grantPublish(
      new ServicePrincipal('cloudwatch.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
    );
    if (email !== undefined) topic.addSubscription(new EmailSubscription(email));
    return topic;
  }
}
