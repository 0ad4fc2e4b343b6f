import { z } from 'zod';
import { statusText } from '../world/containers.ts';
import { defineKind } from './behaviour.ts';

export const containerFate = defineKind({
  summary:
    'Containers that are made meanwhile take this long to process (or for ever), and end like this: ERROR with a subcode …',
  params: z.strictObject({
    processing_ms: z.int().min(0).default(0),
    stuck: z.boolean().default(false),
    status_code: z.string().default('FINISHED'),
    subcode: z.int().optional(),
    status: z.string().optional(),
  }),
  behave: ({ processing_ms, stuck, status_code, subcode, status }) => ({
    applies: ({ edge }) => edge?.name === 'user.media.create',
    bend: ({ conditions }) => {
      const text =
        subcode === undefined ? statusText(status_code) : `Error: Media upload has failed with error code ${subcode}`;
      conditions.container = {
        processingMs: stuck ? Number.POSITIVE_INFINITY : processing_ms,
        end: { status_code, status: status ?? text },
      };
    },
  }),
});
