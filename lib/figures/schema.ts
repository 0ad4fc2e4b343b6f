import { z } from 'zod';
import { idSchema } from '../contract.ts';
import { metricsOf } from '../insights/index.ts';

/** What Instagram counts now, and tells of no day before: stored under these names. */
export const COUNTS = ['followers', 'follows', 'media'] as const;
/** Made of two days' values when they are read. */
export const GROWTH = 'followers_growth';
/** Every metric of which there is a series. */
export const SERIES: readonly string[] = [
  ...COUNTS,
  GROWTH,
  ...new Set([...metricsOf('ACCOUNT', 'instagram'), ...metricsOf('ACCOUNT', 'facebook')]),
];

export const daySchema = z.iso.date().meta({ example: '2026-11-21' });

export const accountSeriesSchema = z
  .object({
    account_id: idSchema,
    since: daySchema,
    until: daySchema,
    days: z
      .array(
        z.object({
          day: daySchema,
          values: z.record(z.string(), z.number().nullable()).meta({
            description: 'By metric; null: not stored, which is not zero',
            example: { followers: 1_204, reach: null },
          }),
        }),
      )
      .readonly(),
  })
  .meta({ id: 'AccountSeries' });
export type AccountSeries = z.output<typeof accountSeriesSchema>;
