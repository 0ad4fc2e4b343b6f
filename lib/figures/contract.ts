import { z } from 'zod';
import { accountParamSchema, endpoint } from '../contract.ts';
import { splitNames } from '../names.ts';
import { accountSeriesSchema, daySchema, SERIES } from './schema.ts';

const MAX_METRICS = 30;
/** A year, and a little more to compare with. */
export const MAX_SERIES_DAYS = 400;

const seriesParamSchema = z
  .string()
  .max(1_000)
  .transform((text) => [...new Set(splitNames(text))])
  .refine(
    (names) => names.length > 0 && names.length <= MAX_METRICS && names.every((name) => SERIES.includes(name)),
    `must be names, separated by commas, of ${SERIES.join(', ')}`,
  )
  .default([...SERIES])
  .meta({
    override: { type: 'string' },
    description: 'Names, separated by commas; without it all',
    example: 'followers,reach',
  });

const dayParamSchema = (description: string) =>
  z.iso
    .date({ error: 'must be a day, such as 2026-11-21' })
    .optional()
    .meta({ description, example: daySchema.meta()?.example });

export const getAccountSeriesContract = endpoint({
  method: 'GET',
  path: '/accounts/{id}/series',
  operationId: 'getAccountSeries',
  summary: 'An account’s stored figures, day by day; also as CSV',
  tags: ['insights'],
  scope: 'insights:read',
  request: z.object({
    params: z.object({ id: accountParamSchema }),
    headers: z.object({ accept: z.string().optional() }),
    query: z.object({
      metric: seriesParamSchema,
      since: dayParamSchema('The first day (UTC). Default: 29 days before `until`'),
      until: dayParamSchema('The last day (UTC). Default: yesterday, the last whole day'),
      format: z
        .enum(['json', 'csv'], { error: 'must be json or csv' })
        .optional()
        .meta({ description: 'Default: what `Accept` asks for' }),
    }),
  }),
  responses: { 200: accountSeriesSchema },
  alsoProduces: 'text/csv; charset=utf-8',
  problems: ['account_not_found', 'database_unavailable'],
});
