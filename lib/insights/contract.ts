import { z } from 'zod';
import {
  accountIdParamSchema,
  accountParamSchema,
  endpoint,
  INSTAGRAM_PROBLEMS,
  idParamSchema,
  switchParamSchema,
} from '../contract.ts';
import { splitNames } from '../names.ts';
import { timeBoundSchema } from '../time-bound.ts';
import { METRIC_NAMES } from './catalogue.ts';
import { accountInsightsSchema, mediaInsightsSchema } from './schema.ts';

const MAX_METRICS = 30;

/** `?metric=views,reach`: names, also retired ones; without it all metrics. */
const metricParamSchema = z
  .string()
  .max(1_000)
  .transform(splitNames)
  .superRefine((names, context) => {
    const unknown = names.find((name) => !METRIC_NAMES.has(name));
    if (unknown !== undefined) context.addIssue({ code: 'custom', message: 'must be names of metrics' });
    if (names.length === 0 || names.length > MAX_METRICS) {
      context.addIssue({ code: 'custom', message: `must be 1 to ${MAX_METRICS} names, separated by commas` });
    }
  })
  .optional()
  .meta({ override: { type: 'string' }, description: 'Names, separated by commas', example: 'views,reach' });

const historyParamSchema = switchParamSchema.meta({ description: 'Add the stored snapshots, newest first' });

export const getPostInsightsContract = endpoint({
  method: 'GET',
  path: '/posts/{id}/insights',
  operationId: 'getPostInsights',
  summary: 'Fetch, store and return the figures of a post',
  tags: ['insights'],
  scope: 'insights:read',
  request: z.object({
    params: z.object({ id: idParamSchema }),
    query: z.object({ metric: metricParamSchema, history: historyParamSchema }),
  }),
  responses: { 200: mediaInsightsSchema },
  problems: ['post_not_found', 'media_gone', ...INSTAGRAM_PROBLEMS],
});

export const getMediaInsightsContract = endpoint({
  method: 'GET',
  path: '/instagram/images/{media_id}/insights',
  operationId: 'getMediaInsights',
  summary: 'Fetch, store and return the figures of a media, by its Instagram id',
  tags: ['insights'],
  scope: 'insights:read',
  request: z.object({
    params: z.object({ media_id: z.string().regex(/^[0-9]{1,32}$/) }),
    query: z.object({ account_id: accountIdParamSchema, metric: metricParamSchema, history: historyParamSchema }),
  }),
  responses: { 200: mediaInsightsSchema },
  problems: ['post_not_found', 'account_not_found', 'account_ambiguous', 'media_gone', ...INSTAGRAM_PROBLEMS],
});

export const getAccountInsightsContract = endpoint({
  method: 'GET',
  path: '/accounts/{id}/insights',
  operationId: 'getAccountInsights',
  summary: 'Figures of an account, of at most 30 days at a time',
  tags: ['insights'],
  scope: 'insights:read',
  request: z.object({
    params: z.object({ id: accountParamSchema }),
    query: z.object({
      since: timeBoundSchema('00:00:00', 'From then on; a day counts from its start. Default: a day before `until`'),
      until: timeBoundSchema(
        '24:00:00',
        'Up to then; a day counts to its end. Default: the last midnight, as Instagram counts whole days of UTC',
      ),
      metric: metricParamSchema,
      history: historyParamSchema,
    }),
  }),
  responses: { 200: accountInsightsSchema },
  problems: ['account_not_found', ...INSTAGRAM_PROBLEMS],
});
