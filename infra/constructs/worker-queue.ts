import { Duration } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Consumer } from '../../functions/routes.ts';
import { dualStackQueueUrl } from '../dual-stack.ts';
import type { Stage } from '../stage.ts';

/** `instagram-prod-sync`, `instagram-prod-sync-dead-letters`. */
export const queueNameOf = (
  { prefix }: Pick<Stage, 'prefix'>,
  { name, deadLetters = false }: { name: string; deadLetters?: boolean },
): string => [prefix, name, ...(deadLetters ? ['dead-letters'] : [])].join('-');

/** The queue of wake-ups for one kind of work, and its dead letters. Messages hold ids and nothing else. */
export class WorkerQueue extends Construct {
  readonly name: string;
  readonly queue: Queue;
  readonly deadLetters: Queue;
  readonly #stage: Stage;
  readonly #consumer: Consumer;

  constructor(scope: Construct, id: string, { stage, consumer }: { stage: Stage; consumer: Consumer }) {
    super(scope, id);
    this.name = consumer.queue;
    this.#stage = stage;
    this.#consumer = consumer;
    this.deadLetters = new Queue(this, 'DeadLetters', {
      queueName: queueNameOf(stage, { name: this.name, deadLetters: true }),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    this.queue = new Queue(this, 'Queue', {
      queueName: queueNameOf(stage, { name: this.name }),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // Six times the worker's time: a message that waits behind a full set of workers is not counted as failed.
      visibilityTimeout: Duration.seconds(6 * consumer.timeoutSeconds),
      retentionPeriod: Duration.days(4),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: consumer.maxReceiveCount },
    });
  }

  /** Lets `worker` handle the messages, with at most `workerConcurrency` executions at once. */
  feed(worker: LambdaFunction): void {
    worker.addEventSource(
      new SqsEventSource(this.queue, {
        batchSize: this.#consumer.batchSize,
        maxConcurrency: this.#stage.workerConcurrency,
        reportBatchItemFailures: true,
      }),
    );
  }

  /** Lets functions send wake-ups; returns the variable that says where to. */
  grantSend(grantee: IGrantable): Record<string, string> {
    this.queue.grant(grantee, 'sqs:SendMessage');
    return {
      [`${this.name.toUpperCase().replaceAll('-', '_')}_QUEUE_URL`]: dualStackQueueUrl(this.queue, this.#stage),
    };
  }

  /** Lets a function move dead letters back; returns the variable that says which. */
  grantRedrive(grantee: IGrantable): Record<string, string> {
    this.deadLetters.grant(
      grantee,
      'sqs:GetQueueAttributes',
      'sqs:GetQueueUrl',
      'sqs:ReceiveMessage',
      'sqs:DeleteMessage',
    );
    this.queue.grant(grantee, 'sqs:GetQueueAttributes');
    return this.grantSend(grantee);
  }
}
