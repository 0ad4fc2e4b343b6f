import { z } from 'zod';
import { withoutEmpty } from './environment.ts';
import { httpUrl } from './values.ts';

/** How SQS is reached, for every queue. */
export const sqsEnv = z.object({
  AWS_REGION: z.string().default('us-east-1'),
  AWS_ENDPOINT_URL_SQS: httpUrl().optional(),
});

export const syncQueueEnv = z.object({ ...sqsEnv.shape, SYNC_QUEUE_URL: httpUrl() });

export const intentsQueueEnv = z.object({ ...sqsEnv.shape, INTENTS_QUEUE_URL: httpUrl() });

export const accountsQueueEnv = z.object({ ...sqsEnv.shape, ACCOUNTS_QUEUE_URL: httpUrl() });

export const publicationsQueueEnv = z.object({ ...sqsEnv.shape, PUBLICATIONS_QUEUE_URL: httpUrl() });

const QUEUE_URL = /^([A-Z][A-Z0-9_]*)_QUEUE_URL$/;

/** The queues that the environment names, by name: `SYNC_QUEUE_URL` is that of `sync`. */
export const readQueueUrls = (env?: NodeJS.ProcessEnv): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(withoutEmpty(env)).flatMap(([variable, value]) => {
      const name = QUEUE_URL.exec(variable)?.[1]?.toLowerCase().replaceAll('_', '-');
      return name === undefined ? [] : [[name, httpUrl().parse(value)] as const];
    }),
  );
