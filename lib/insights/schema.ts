import { z } from 'zod';
import { idSchema, timestampSchema } from '../contract.ts';

/** By metric name. Times are in milliseconds, as Instagram gives them. */
export const metricsSchema = z.record(z.string(), z.number()).meta({ example: { views: 1204, reach: 873, likes: 96 } });

/** Why a metric has no value. Zero is a value. */
export const unavailableSchema = z
  .object({
    metric: z.string(),
    reason: z.enum([
      'no_data', // Instagram gives no value: too new, too old, or too small
      'too_few_viewers',
      'before_business_account', // published before the account was a professional one; this does not change
      'refused', // Instagram refuses it, for this object or all of its kind, for now
      'retired', // Instagram does not know it any more, and nothing replaces it
      'not_summable', // Instagram gave it day by day, and one person may count on several days
      'not_for_this', // there is no such metric for this kind of media, or with this login
    ]),
  })
  .meta({ id: 'UnavailableMetric' });
export type Unavailable = z.output<typeof unavailableSchema>;

/** Figures as they were at one moment. */
export const snapshotSchema = z.object({ captured_at: timestampSchema, metrics: metricsSchema });

const common = {
  instagram_id: z.string(),
  captured_at: timestampSchema,
  metrics: metricsSchema,
  unavailable: z.array(unavailableSchema),
  replaced: z
    .record(z.string(), z.string())
    .optional()
    .meta({ description: 'Retired names that were asked for, and the metric that replaces each' }),
};

/** The figures of a media. */
export const mediaInsightsSchema = z
  .object({
    post_id: idSchema.nullable().meta({ description: 'null: this media is not mirrored here' }),
    ...common,
    history: z.array(snapshotSchema).readonly().optional(),
  })
  .meta({ id: 'MediaInsights' });
export type MediaInsights = z.output<typeof mediaInsightsSchema>;

/** The figures of an account between two times. */
export const accountInsightsSchema = z
  .object({
    account_id: idSchema,
    since: timestampSchema,
    until: timestampSchema,
    ...common,
    history: z
      .array(z.object({ ...snapshotSchema.shape, since: timestampSchema, until: timestampSchema }))
      .readonly()
      .optional(),
  })
  .meta({ id: 'AccountInsights' });
export type AccountInsights = z.output<typeof accountInsightsSchema>;
