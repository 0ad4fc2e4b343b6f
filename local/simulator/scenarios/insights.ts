import { z } from 'zod';
import { GraphError, invalidParameter } from '../graph/errors.ts';
import { defineKind } from './behaviour.ts';

const asked = (params: URLSearchParams): string[] => (params.get('metric') ?? '').split(',');

export const refuseMetric = defineKind({
  summary: 'A metric that Instagram no longer has: every call that asks for it fails (100)',
  params: z.strictObject({ metric: z.string().min(1).default('reach'), message: z.string().optional() }),
  behave: ({ metric, message }) => ({
    applies: ({ edge, params }) => edge?.segment === 'insights' && asked(params).includes(metric),
    replace: () => invalidParameter(message ?? `The metric ${metric} is not supported anymore`),
  }),
});

export const noInsights = defineKind({
  summary:
    'No figures: too few viewers (10), published before the account was a professional one (100/2108006), or none',
  params: z.strictObject({ why: z.enum(['too_few_viewers', 'before_business', 'empty']).default('empty') }),
  behave: ({ why }) => ({
    applies: ({ edge }) => edge?.segment === 'insights',
    ...(why === 'empty'
      ? { reshape: () => ({ data: [] }) }
      : {
          replace: () =>
            why === 'too_few_viewers'
              ? new GraphError({ message: '(#10) Not enough viewers for the media to show insights', code: 10 })
              : new GraphError({
                  message: '(#100) Media posted before business account conversion',
                  code: 100,
                  subcode: 2108006,
                }),
        }),
  }),
});
