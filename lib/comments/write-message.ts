import { z } from 'zod';
import { idSchema } from '../contract.ts';

/** A wake-up for an object whose writes are to be settled. It shares the queue of intents. */
export const writeMessageSchema = z.object({ account_id: idSchema, open_write_id: idSchema });
