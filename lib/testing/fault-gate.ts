import type { ScenarioInput } from '../../local/simulator/scenarios/scenarios.ts';
import type { TestService } from './service.ts';
import type { VirtualTime } from './virtual-time.ts';

/** A fault as a run names it; where it happens is known by the call. */
export type Fault = ScenarioInput | null;

/**
 * Lets the calls of one account meet the faults that are meant for them. One call is under way at a time, but for those that
 * hang: such a one has arrived before the next begins.
 */
export const createFaultGate =
  ({ simulator }: Pick<TestService, 'simulator'>, time: VirtualTime, instagramAccount: string) =>
  async <Result>(
    fault: Fault,
    { edge, path }: { edge: string; path: string },
    act: () => Promise<Result>,
    /** Told when a call has arrived that hangs from now on. */
    onHanging: () => void = () => undefined,
  ): Promise<Result> => {
    if (fault === null) return await act();
    const added = simulator.scenarios.add({ ...fault, on: { account: instagramAccount, edge }, times: 1 });
    const arrived = fault.kind === 'hang' ? simulator.calls.next({ edge, path }) : null;
    const call = act();
    if (arrived !== null) {
      await Promise.race([arrived, call.catch(() => undefined)]);
      if (added.acted > 0) {
        onHanging();
        time.hang();
      }
    }
    try {
      return await call;
    } finally {
      if (added.acted === 0) added.remove(); // the call was not made: the fault is not for another
    }
  };
