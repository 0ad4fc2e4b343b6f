import { z } from 'zod';
import { idSchema } from '../contract.ts';

/** A wake-up for a publication: it names the row and says nothing else, so a lost, late or doubled one changes nothing. */
export const publicationMessageSchema = z.object({ account_id: idSchema, publication_id: idSchema });
export type PublicationMessage = z.output<typeof publicationMessageSchema>;
