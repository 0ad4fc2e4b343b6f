import { z } from 'zod';
import { idSchema } from '../contract.ts';

/** A wake-up for an intent: it names the row and says nothing else, so a lost, late or doubled one changes nothing. */
export const intentMessageSchema = z.object({ account_id: idSchema, intent_id: idSchema });
export type IntentMessage = z.output<typeof intentMessageSchema>;
