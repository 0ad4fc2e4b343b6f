/** Synthesizes what it is asked for, one after the other: the CDK is loaded and compiled once for all of it. */
import { synthesizeNow } from './synthesize-now.ts';

export interface Asked {
  id: number;
  of: Parameters<typeof synthesizeNow>;
}
/** A `Synthesis` as JSON, or the words of the error. */
export type Answered = { id: number } & ({ json: string } | { error: string });

const answer = ({ id, of }: Asked): Answered => {
  try {
    return { id, json: JSON.stringify(synthesizeNow(...of)) };
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) };
  }
};

process.on('message', (asked: Asked) => process.send?.(answer(asked)));
