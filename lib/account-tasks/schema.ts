import { z } from 'zod';
import { idSchema, timestampSchema } from '../contract.ts';
import { failureSchema } from '../failure.ts';

/** What is done for an account by itself. */
export const TASKS = ['sync_hot', 'sync_recent', 'sync_full', 'stories', 'account_figures', 'refresh_token'] as const;
export type TaskName = (typeof TASKS)[number];

/** A row of `account_tasks`. `task`: one of `TASKS`, or one that a newer version has planned. */
export const accountTaskRowSchema = z.strictObject({
  account_id: idSchema,
  id: idSchema,
  task: z.string(),
  due_at: timestampSchema,
  every_seconds: z.number(),
  lease_epoch: z.int(),
  attempts: z.int(),
  throttles: z.int(),
  error: failureSchema.nullable(),
});
export type AccountTaskRow = z.output<typeof accountTaskRowSchema>;
