import { z } from 'zod';
import { idSchema } from '../contract.ts';

/** A wake-up for a sync run. It only names the row, so a lost, late or doubled wake-up changes nothing. */
export const syncMessageSchema = z.object({ account_id: idSchema, sync_run_id: idSchema });
export type SyncMessage = z.output<typeof syncMessageSchema>;
