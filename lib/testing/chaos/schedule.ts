import { ACTORS, type ActorName } from './actors/index.ts';
import { drawFault, type Fault } from './faults/index.ts';
import { pickWeighted, randomOf } from './random.ts';

/** Who does something, after how long, and what goes wrong meanwhile. What exactly is done is drawn from the step's number. */
export interface Step {
  number: number;
  actor: ActorName;
  pauseMs: number;
  fault: Fault | null;
}

const PAUSES_MS = [0, 5_000, 20_000, 60_000, 150_000] as const;

/** What happens within so many virtual minutes; the same for the same seed. */
export const drawSchedule = (seed: number, minutes: number): readonly Step[] => {
  const steps: Step[] = [];
  let passedMs = 0;
  while (passedMs < minutes * 60_000) {
    const random = randomOf(seed, 'step', steps.length);
    const pauseMs = random.pick(PAUSES_MS);
    steps.push({
      number: steps.length,
      actor: pickWeighted(random, ACTORS).name,
      pauseMs,
      fault: drawFault(random),
    });
    passedMs += pauseMs;
  }
  return steps;
};
