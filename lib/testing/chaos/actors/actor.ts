import type { Random } from '../../../../local/simulator/world/random.ts';
import type { ChaosAccount, Stage } from '../stage.ts';

/** What an actor has in its turn: a stage to act on, one of the accounts, and what is drawn from its step. */
export interface Turn {
  stage: Stage;
  account: ChaosAccount;
  random: Random;
  step: number;
}

/** Somebody who does something to the service or to Instagram; one file each. */
export interface Actor<Name extends string = string> {
  readonly name: Name;
  /** How often, beside the others. */
  readonly weight: number;
  readonly act: (turn: Turn) => Promise<void>;
}

export const defineActor = <const Name extends string>(actor: Actor<Name>): Actor<Name> => actor;
