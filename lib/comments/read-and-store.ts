import type { CommonQueryMethods, DatabasePool } from 'slonik';
import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { createOpenWriteRepository, type ReadBack, type WriteTarget } from './open-write-repository.ts';

/** An object that writes set to a value: how its state is read from Instagram, and how it is stored. */
export interface WriteSubject<State> {
  target: WriteTarget;
  /** @throws {InstagramError} where its state cannot be told; `missing` where it is not gone beyond doubt. */
  read: (connected: ConnectedAccount, options: { deadline: number }) => Promise<State>;
  /** What Instagram's 100/33 about it comes to: gone beyond doubt, or null where that cannot be said. */
  readMissing: (connected: ConnectedAccount, options: { deadline: number }) => Promise<State | null>;
  /** `readAt`: when its reading began, on the database's clock; null: it is what our own write has just brought. */
  store: (connection: CommonQueryMethods, state: State, readAt: string | null) => Promise<void>;
}

/**
 * Makes the end of a read-back: it reads the object, and stores what it read unless another write or read-back has begun
 * since. The object is settled with it where no write is open any more.
 * @throws {InstagramError} where the object cannot be read; then it stays unsettled.
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
