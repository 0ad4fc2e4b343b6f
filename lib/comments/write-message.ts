import { z } from 'zod';
import { idSchema } from '../contract.ts';

/** A wake-up for an object whose writes need a read-back. It uses the queue of the intents. */
export const writeMessageSchema = z.object({ account_id: idSchema, open_write_id: idSchema });
