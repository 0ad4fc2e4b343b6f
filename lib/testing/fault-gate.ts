import type { ScenarioInput } from '../../local/simulator/scenarios/scenarios.ts';
import type { TestService } from './service.ts';

/** A fault as a run names it; where it happens is known by the call. */
export type Fault = ScenarioInput | null;

/**
 * Lets the calls of one account meet the faults that are meant for them, one call at a time: the next begins when this one
 * has arrived, or has failed to.
 */
export const createFaultGate = ({ simulator }: Pick<TestService, 'simulator'>, instagramAccount: string) => {
  let gate = Promise.resolve();

  return async <Result>(
    fault: Fault,
    { edge, path }: { edge: string; path: string },
    act: () => Promise<Result>,
    /** Told when the fault has met the call, or there is none. */
    onActed: () => void = () => undefined,
  ): Promise<Result> => {
    const before = gate;
    let open: () => void = () => undefined;
    gate = new Promise((resolve) => {
      open = resolve;
    });
    await before;
    const on = { account: instagramAccount, edge };
    const added = fault === null ? null : simulator.scenarios.add({ ...fault, on, times: 1 });
    const arrived = simulator.calls.next({ edge, path });
    const call = act();
    await Promise.race([arrived, call.catch(() => undefined)]);
    if (added?.acted === 0) added.remove();
    else onActed();
    open();
    return await call;
  };
};
