import type { Turn } from '../wake-ups/turn.ts';
import type { PublicationRepository } from './repository.ts';
import type { PublicationRow } from './schema.ts';

/** One turn at a publication. */
export type PublicationTurn = Turn<PublicationRepository, PublicationRow>;
