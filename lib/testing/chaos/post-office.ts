import type { Random } from '../../../local/simulator/world/random.ts';
import { pickWeighted } from './random.ts';

/** A message as the service sent it, and from when on it may be delivered (ms since 1970). */
interface Letter {
  queue: string;
  message: unknown;
  notBefore: number;
}
interface Sent {
  queue: string;
  message: unknown;
  delaySeconds: number;
}

/** What becomes of a message: queues lose none, but promise neither once nor soon, and `tick` must not need them at all. */
const FATES = [
  { name: 'delivered', weight: 8 },
  { name: 'lost', weight: 1 },
  { name: 'doubled', weight: 1 },
  { name: 'late', weight: 1 },
] as const;
const LATE_MS = 5 * 60_000;

/** The queues between the service and its workers. `sent` is where the service's messages arrive. */
export const createPostOffice = (sent: Sent[]) => {
  let waiting: Letter[] = [];

  return {
    /** Takes in what was sent since, each message with the fate that is drawn for it. */
    collect: (random: Random, now: number): void => {
      for (const { queue, message, delaySeconds } of sent.splice(0)) {
        const { name } = pickWeighted(random, FATES);
        const notBefore = now + delaySeconds * 1_000 + (name === 'late' ? LATE_MS : 0);
        const letter = { queue, message, notBefore };
        if (name !== 'lost') waiting.push(letter);
        if (name === 'doubled') waiting.push({ ...letter });
      }
    },
    /** Hands out what may be delivered by now, in the order in which it was sent. */
    take: (now: number): readonly Letter[] => {
      const due = waiting.filter(({ notBefore }) => notBefore <= now);
      waiting = waiting.filter((letter) => !due.includes(letter));
      return due;
    },
    clear: (): void => {
      sent.length = 0;
      waiting = [];
    },
  };
};
