import { Annotations, CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { Alarms } from '../constructs/alarms.ts';
import { OperationsDashboard } from '../constructs/operations-dashboard.ts';
import { PublicApi } from '../constructs/public-api.ts';
import type { Stage } from '../stage.ts';
import type { DataStack } from './data-stack.ts';
import type { FunctionsStack } from './functions-stack.ts';

interface ApiStackProps extends StackProps {
  stage: Stage;
  data: DataStack;
  functions: FunctionsStack;
}

/** What faces people: the API for those who use the service, alarms and the dashboard for those who run it. */
export class ApiStack extends Stack {
  constructor(scope: Construct, id: string, { stage, data, functions, ...props }: ApiStackProps) {
    super(scope, id, props);
    const { api, accessLog, domainTarget } = new PublicApi(this, 'PublicApi', {
      stage,
      functions: functions.functions,
    });
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
    const watched = {
      stage,
      api,
      accessLog,
      database: data.database,
      network: data.network,
      functions: functions.functions,
      queues: functions.queues,
    };
    new Alarms(this, 'Alarms', { ...watched, topics });
    new OperationsDashboard(this, 'Dashboard', watched);
    new CfnOutput(this, 'Url', { value: stage.publicBaseUrl ?? api.apiEndpoint });
    new CfnOutput(this, 'ApiId', { value: api.apiId });
    if (domainTarget !== undefined) new CfnOutput(this, 'DomainTarget', { value: domainTarget });
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
