import { z } from 'zod';
import { idSchema } from '../contract.ts';

/** A wake-up for a task of an account. It only names the row, so a lost, late or doubled wake-up changes nothing. */
export const accountTaskMessageSchema = z.object({ account_id: idSchema, account_task_id: idSchema });
export type AccountTaskMessage = z.output<typeof accountTaskMessageSchema>;
