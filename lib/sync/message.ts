import { z } from 'zod';
import { idSchema } from '../contract.ts';

/** A wake-up for a sync run: it names the row and says nothing else, so a lost, late or doubled one changes nothing. */
export const syncMessageSchema = z.object({ account_id: idSchema, sync_run_id: idSchema });
export type SyncMessage = z.output<typeof syncMessageSchema>;
