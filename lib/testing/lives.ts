import type { TestService, Worker } from './service.ts';

/** What a service does by itself. */
interface Handlers {
  tick: () => Promise<void>;
  taskWorker: Worker;
  /** Absent: nothing is synced. */
  syncWorker?: Worker;
}

/** A service that nobody asks for anything. */
export const createLives = (
  { takeMessages, deliver, letPass }: Pick<TestService, 'takeMessages' | 'deliver' | 'letPass'>,
  { tick, taskWorker, syncWorker }: Handlers,
) => {
  /** One minute: the tick, and all that it wakes. */
  const minute = async (): Promise<void> => {
    await tick();
    await deliver(taskWorker, takeMessages('accounts'));
    const runs = takeMessages('sync');
    if (syncWorker !== undefined) await deliver(syncWorker, runs);
  };
  return {
    minute,
    /** So many milliseconds pass, with such a minute after each step of so many. */
    pass: async (ms: number, stepMs: number): Promise<void> => {
      for (let passed = 0; passed < ms; passed += stepMs) {
        await letPass(stepMs);
        await minute();
      }
    },
  };
};
