/**
 * Lets one of several operations go on at a time, from gate to gate, in an order that `choices` names: the same choices are
 * the same interleaving, however busy the machine is. An operation must hold no lock of the database at a gate.
 */
export const createTurnstile = (choices: readonly number[]) => {
  const parked: (() => void)[] = [];
  let waitingToBegin = 0;
  let running = 0;
  let turns = 0;

  const letOneGoOn = (): void => {
    if (running > 0 || waitingToBegin > 0 || parked.length === 0) return;
    const choice = choices[turns % choices.length] ?? 0;
    turns += 1;
    running += 1;
    const [goOn] = parked.splice(choice % parked.length, 1);
    goOn?.();
  };
  const park = () =>
    new Promise<void>((resolve) => {
      parked.push(resolve);
      letOneGoOn();
    });

  /** Begins something that goes on beside whoever begins it, when its turn comes. */
  const beside = async <Result>(operation: () => Promise<Result>): Promise<Result> => {
    await park();
    try {
      return await operation();
    } finally {
      running -= 1;
      letOneGoOn();
    }
  };

  return {
    beside,
    /** Waits for its turn. */
    gate: async (): Promise<void> => {
      running -= 1;
      await park();
    },
    /** Runs all operations to their end. */
    run: async <Result>(operations: readonly (() => Promise<Result>)[]): Promise<Result[]> => {
      waitingToBegin = operations.length;
      const begun = operations.map((operation) => {
        waitingToBegin -= 1;
        return beside(operation);
      });
      return await Promise.all(begun);
    },
  };
};
export type Turnstile = ReturnType<typeof createTurnstile>;
