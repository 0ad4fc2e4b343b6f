import type { ScenarioInput } from '../../../../local/simulator/scenarios/scenarios.ts';
import type { Random } from '../../../../local/simulator/world/random.ts';
import type { CutWhen } from '../../tcp-proxy.ts';
import { pickAny, pickWeighted } from '../random.ts';
import { LOST_READS, LOST_WRITES } from './answers.ts';

/** At the n-th exchange with the database or Instagram: that connection breaks, or (`kills`) the whole process is gone. */
export interface Cut {
  kind: 'cut';
  from: 'database' | 'instagram';
  at: number;
  when: CutWhen;
  kills: boolean;
}
/** What Instagram does to some calls of the step. */
export interface Trouble {
  kind: 'trouble';
  scenario: ScenarioInput;
}
export type Fault = Cut | Trouble;

const MOST_EXCHANGES = { database: 14, instagram: 4 };

const drawCut = (random: Random, kills: boolean): Cut => {
  const from = random.pick<Cut['from']>(['database', 'instagram']);
  return {
    kind: 'cut',
    from,
    at: random.between(1, MOST_EXCHANGES[from]),
    when: random.pick<CutWhen>(['request', 'answer']),
    kills,
  };
};
const drawTrouble = (random: Random, scenarios: readonly ScenarioInput[]): Trouble | null => {
  const scenario = pickAny(random, scenarios);
  return scenario && { kind: 'trouble', scenario: { ...scenario, times: 1, after: random.below(2) } };
};

const KINDS: readonly { weight: number; draw: (random: Random) => Fault | null }[] = [
  { weight: 6, draw: () => null },
  { weight: 2, draw: (random) => drawTrouble(random, LOST_WRITES) },
  { weight: 1, draw: (random) => drawTrouble(random, LOST_READS) },
  { weight: 1, draw: (random) => drawCut(random, false) },
  { weight: 2, draw: (random) => drawCut(random, true) },
];

/** What goes wrong during a step, if anything. */
export const drawFault = (random: Random): Fault | null => pickWeighted(random, KINDS).draw(random);
