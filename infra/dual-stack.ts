import { Fn, Stack } from 'aws-cdk-lib';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Stage } from './stage.ts';

/** What makes the AWS SDKs use endpoints that IPv6 reaches, where that is the only way out. */
export const dualStackEnvironment = ({ egress }: Pick<Stage, 'egress'>): Record<string, string> =>
  egress === 'ipv6' ? { AWS_USE_DUALSTACK_ENDPOINT: 'true' } : {};

/** A queue's URL. The SDK takes SQS's address from it, whatever endpoint it was told to use. */
export const dualStackQueueUrl = (queue: Queue, { egress }: Pick<Stage, 'egress'>): string => {
  if (egress !== 'ipv6') return queue.queueUrl;
  const { region, account } = Stack.of(queue);
  return Fn.join('', ['https://sqs.', region, '.api.aws/', account, '/', queue.queueName]);
};
