import { GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { SQSEvent } from 'aws-lambda';
import { logger } from '../../lib/logger.ts';
import { type LocalAws, startAws } from './aws.ts';
import { createFunction, type Handler } from './lambda.ts';
import { type QueuePollerOptions, startQueuePoller } from './queue-poller.ts';
import { createSqsClient, ensureQueue } from './queues.ts';

const REGION = 'eu-central-1';
/** Visibility is whole seconds, six times this. */
const QUEUE = { queue: 'work', timeoutSeconds: 1 / 6, maxReceiveCount: 2 };

let aws: LocalAws;
let cleanUp: AsyncDisposableStack;
beforeEach(async () => {
  cleanUp = new AsyncDisposableStack();
  aws = await startAws(REGION);
  cleanUp.defer(() => aws.stop());
});
afterEach(() => cleanUp.disposeAsync());

const givenClient = () => {
  const client = createSqsClient(REGION, aws.endpoint);
  cleanUp.defer(() => client.destroy());
  return client;
};

/** A queue worked off by `handler`, as the platform would set it up. */
const givenConsumer = async (handler: Handler, options: Partial<QueuePollerOptions> = {}, queue = 'work') => {
  const client = givenClient();
  const settings = { ...QUEUE, queue };
  const queueUrl = await ensureQueue(client, settings);
  const invoke = createFunction('worker', { load: async () => handler, timeoutSeconds: 5 });
  const restoreQueue = () => ensureQueue(client, settings);
  const poller = startQueuePoller({ client, region: REGION, queueUrl, batchSize: 1, invoke, restoreQueue, ...options });
  cleanUp.defer(() => poller.stop());
  const send = async (MessageBody: string) => {
    await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody }));
  };
  const countLeft = async () => {
    const AttributeNames = ['ApproximateNumberOfMessages' as const, 'ApproximateNumberOfMessagesNotVisible' as const];
    const { Attributes = {} } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames }),
    );
    return Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0);
  };
  return { client, queueUrl, send, countLeft, poller };
};

const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
};

/** A handler that keeps the bodies of all deliveries, and answers as `answer` says. */
const recording = (answer: (event: SQSEvent) => unknown = () => undefined) => {
  const bodies: string[] = [];
  const handler: Handler = (event: SQSEvent) => {
    bodies.push(...event.Records.map(({ body }) => body));
    return answer(event);
  };
  return { bodies, handler };
};
const idOf = ({ Records }: SQSEvent, body: string) => Records.find((record) => record.body === body)?.messageId;

describe('queue poller', () => {
  test('hands over records as Lambda gets them, and deletes what was handled', async () => {
    const { promise: received, resolve } = Promise.withResolvers<SQSEvent>();
    const { send, countLeft } = await givenConsumer((event) => resolve(event));

    await send('{"id":1}');
    const { Records } = await received;

    expect(Records).toEqual([
      {
        messageId: expect.any(String),
        receiptHandle: expect.any(String),
        body: '{"id":1}',
        attributes: expect.objectContaining({
          ApproximateReceiveCount: '1',
          SentTimestamp: expect.stringMatching(/^\d+$/),
        }),
        messageAttributes: {},
        md5OfBody: expect.stringMatching(/^[0-9a-f]{32}$/),
        eventSource: 'aws:sqs',
        eventSourceARN: `arn:aws:sqs:${REGION}:000000000000:work`,
        awsRegion: REGION,
      },
    ]);
    await until(async () => (await countLeft()) === 0);
  });

  test('of a batch, only what is reported as failed comes again', async () => {
    const { bodies, handler } = recording((event) => {
      const failed = idOf(event, 'bad');
      const again = event.Records[0]?.attributes.ApproximateReceiveCount !== '1';
      return { batchItemFailures: failed && !again ? [{ itemIdentifier: failed }] : [] };
    });
    const { send, countLeft } = await givenConsumer(handler, { batchSize: 10 });

    await Promise.all(['good', 'bad', 'fine'].map(send));
    await until(async () => bodies.filter((body) => body === 'bad').length === 2 && (await countLeft()) === 0);

    expect(bodies.toSorted()).toEqual(['bad', 'bad', 'fine', 'good']);
  });

  test('a report that makes no sense fails the whole batch, as an error does', async () => {
    jest.spyOn(logger, 'error').mockImplementation(() => {});
    const answers: readonly (() => unknown)[] = [
      () => ({ batchItemFailures: [{ id: 'of another shape' }] }),
      () => ({ batchItemFailures: [{ itemIdentifier: '' }] }),
      () => ({ batchItemFailures: [{ itemIdentifier: 'of no message in the batch' }] }),
      () => Promise.reject(new Error('broken')),
    ];

    const deliveries = answers.map(async (answer, index) => {
      const { bodies, handler } = recording(() => (bodies.length === 1 ? answer() : undefined));
      const { send, countLeft } = await givenConsumer(handler, {}, `queue-${index}`);
      await send('again');
      await until(async () => (await countLeft()) === 0);
      return bodies;
    });

    expect(await Promise.all(deliveries)).toEqual(answers.map(() => ['again', 'again']));
  });

  test('what fails every time ends up with the dead letters', async () => {
    jest.spyOn(logger, 'error').mockImplementation(() => {});
    const { bodies, handler } = recording(() => Promise.reject(new Error('broken')));
    const { client, queueUrl, send, countLeft } = await givenConsumer(handler);

    await send('poison');
    await until(async () => (await countLeft()) === 0);

    const QueueUrl = `${queueUrl}-dead-letters`;
    const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }));
    expect(Messages.map(({ Body }) => Body)).toEqual(['poison']);
    expect(bodies).toEqual(['poison', 'poison']);
  });

  test('no more invocations at once than its maximum concurrency', async () => {
    let running = 0;
    let most = 0;
    const { promise: go, resolve: release } = Promise.withResolvers<void>();
    const { bodies, handler } = recording(async () => {
      running += 1;
      most = Math.max(most, running);
      if (bodies.length === 2) release(); // both places are taken
      await go;
      running -= 1;
    });
    const { send, countLeft } = await givenConsumer(handler, { maximumConcurrency: 2 });

    await Promise.all(['1', '2', '3', '4', '5'].map(send));
    await until(async () => (await countLeft()) === 0);

    expect(most).toBe(2);
    expect(bodies).toHaveLength(5);
  });

  test('goes on when the queue server comes back, its queues gone', async () => {
    const warned = jest.spyOn(logger, 'warn').mockImplementation(() => {});
    jest.spyOn(logger, 'info').mockImplementation(() => {});
    const { bodies, handler } = recording();
    const { client, send } = await givenConsumer(handler);
    const { port } = new URL(aws.endpoint);

    await aws.stop();
    await until(() => warned.mock.calls.length > 0);
    aws = await startAws(REGION, Number(port));
    await until(() => ensureQueue(client, QUEUE).then(Boolean, () => false));
    await send('after the restart');
    await until(() => bodies.length > 0);

    expect(bodies).toEqual(['after the restart']);
    expect(warned.mock.calls[0]?.[1]).toMatchObject({ event: 'queue_away' });
  });

  test('makes the queue again itself where the server has lost it', async () => {
    jest.spyOn(logger, 'warn').mockImplementation(() => {});
    jest.spyOn(logger, 'info').mockImplementation(() => {});
    const restored = Promise.withResolvers<void>();
    const client = givenClient();
    await givenConsumer(() => undefined, {
      queueUrl: `${aws.endpoint}/000000000000/lost`,
      restoreQueue: async () => {
        await ensureQueue(client, { ...QUEUE, queue: 'lost' });
        restored.resolve();
      },
    });

    await restored.promise;
  });

  test('stopping ends the long poll at once, and waits for what is under way', async () => {
    const { promise: entered, resolve: enter } = Promise.withResolvers<void>();
    const { promise: go, resolve: release } = Promise.withResolvers<void>();
    let done = false;
    const { send, poller } = await givenConsumer(async () => {
      enter();
      await go;
      done = true;
    });
    await send('slow');
    await entered;

    const stopped = poller.stop();
    release();
    await stopped;

    expect(done).toBe(true);
  });
});

test('queues are brought up to date when their settings have changed', async () => {
  const client = givenClient();
  await ensureQueue(client, QUEUE);
  const QueueUrl = await ensureQueue(client, { ...QUEUE, timeoutSeconds: 100, maxReceiveCount: 5 });

  const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));

  expect(Attributes).toMatchObject({
    VisibilityTimeout: '600',
    RedrivePolicy: expect.stringContaining('"maxReceiveCount":5'),
  });
});
