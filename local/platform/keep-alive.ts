/** How often to check whether the server lives. */
export const CHECK_MS = 250;
const MAX_ATTEMPTS = 5;
const PAUSE_MS = 1_000; // before the second attempt; longer by the same time before each further one
/** A server that dies sooner does not count as brought back: what killed it is still there. */
const STEADY_MS = 60_000;

/**
 * Watches PostgreSQL and starts it again when it dies, for as long as `wait` resolves.
 * @throws {Error} one line, if five attempts in a row gave no server that lived for a minute.
 */
export const keepAlive = async ({
  isAlive,
  relaunch,
  log,
  wait,
}: {
  isAlive: () => Promise<boolean>;
  relaunch: () => Promise<void>;
  log: (line: string) => void;
  wait: (ms: number) => Promise<void>;
}): Promise<never> => {
  const untilDeath = async (): Promise<number> => {
    let livedMs = 0;
    do {
      await wait(CHECK_MS);
      livedMs += CHECK_MS;
    } while (await isAlive());
    return livedMs;
  };

  let attempts = 0;
  for (;;) {
    if ((await untilDeath()) >= STEADY_MS) attempts = 0;
    log('PostgreSQL has died: starting it again');
    let failure: unknown = new Error('it keeps dying');
    do {
      if (attempts === MAX_ATTEMPTS) {
        const reason = failure instanceof Error ? failure.message : failure;
        throw new Error(`PostgreSQL did not come back in ${MAX_ATTEMPTS} attempts: ${reason}`, { cause: failure });
      }
      await wait(attempts * PAUSE_MS);
      attempts += 1;
      failure = await relaunch().catch((error: unknown) => error);
    } while (failure !== undefined);
    log('PostgreSQL serves again');
  }
};
