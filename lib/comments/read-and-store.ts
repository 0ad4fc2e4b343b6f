import type { CommonQueryMethods, DatabasePool } from 'slonik';
import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { createOpenWriteRepository, type ReadBack, type WriteTarget } from './open-write-repository.ts';

/** An object that writes set to a value: how its state is read from Instagram and stored. */
export interface WriteSubject<State> {
  target: WriteTarget;
  /** @throws {InstagramError} when Instagram does not tell its state; `missing` when a triage does not find it gone. */
  read: (connected: ConnectedAccount, options: { deadline: number }) => Promise<State>;
  /** Triage after Instagram's 100/33: its state if it is gone, or null. */
  readMissing: (connected: ConnectedAccount, options: { deadline: number }) => Promise<State | null>;
  /** `readAt`: the database's time before it was read; null: our own write has just set it. */
  store: (connection: CommonQueryMethods, state: State, readAt: string | null) => Promise<void>;
}

/**
 * Does a begun read-back: reads the object, and stores its state unless another write or read-back has begun since. If no
 * write is open any more, the object is settled.
 * @throws {InstagramError} when the object cannot be read; then it stays unsettled.
 */
export const createReadAndStore =
  ({ database }: { database: DatabasePool }) =>
  async <State>(
    connected: ConnectedAccount,
    { target, read, store }: WriteSubject<State>,
    { epoch, read_at }: ReadBack,
    options: { deadline: number },
  ): Promise<State> => {
    const state = await read(connected, options);
    await database.transaction(async (connection) => {
      const writes = createOpenWriteRepository(connection);
      if (!(await writes.isCurrent(target, epoch))) return;
      await store(connection, state, read_at);
      await writes.forgetIfOver(target);
    });
    return state;
  };
