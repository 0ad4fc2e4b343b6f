import type { Random } from '../../../../local/simulator/world/random.ts';
import type { Invoked } from '../../invoke.ts';
import type { Asked } from '../journal.ts';
import type { Stage } from '../stage.ts';

const MOST_TRIES = 3;

/** A text that is mostly nobody else's: sometimes several requests want the same. */
export const drawText = (random: Random, step: number): string =>
  random.chance(0.2) ? random.pick(['Thank you!', 'See you there']) : `Thank you, number ${step}!`;

/**
 * Makes a request and notes what was heard. A client with a key asks again while it does not know what became of it, and
 * may ask twice at once; one without a key asks once.
 */
export const tryUntilHeard = async (
  { journal }: Pick<Stage, 'journal'>,
  random: Random,
  asked: Asked,
  ask: () => Promise<Invoked<unknown> | null>,
): Promise<void> => {
  const atOnce = asked.key !== null && random.chance(0.2) ? 2 : 1;
  for (let tries = 0; tries < (asked.key === null ? 1 : MOST_TRIES); tries += 1) {
    const answers = await Promise.all(Array.from({ length: atOnce }, ask));
    const heard = answers.filter((answer) => answer !== null);
    asked.answers.push(...heard.map(({ status, body }) => ({ status, body })));
    journal.tell(`${asked.kind} "${asked.text}" heard ${heard.map(({ status }) => status).join(', ') || 'nothing'}`);
    if (heard.some(({ status }) => status < 500 && status !== 409)) return;
  }
};
