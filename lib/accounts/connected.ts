import type { CommonQueryMethods } from 'slonik';
import { ServiceError } from '../errors.ts';
import { type Account, createAccountRepository } from './repository.ts';

/** Words for whatever needs a token that was forgotten. */
export const accountDisconnected = () =>
  new ServiceError(
    'account_disconnected',
    'The account is disconnected: connect it again. What is stored stays readable',
  );

/** @throws {ServiceError} `account_disconnected`. */
export const ensureConnected = ({ status }: Pick<Account, 'status'>): void => {
  if (status === 'disconnected') throw accountDisconnected();
};

/**
 * The same for an account that was read a while ago: before a write is sent again, or accepted for later.
 * @throws {ServiceError} `account_disconnected`.
 */
export const ensureStillConnected = async (connection: CommonQueryMethods, accountId: number): Promise<void> =>
  ensureConnected({ status: await createAccountRepository(connection).statusOf(accountId) });

/** For workers, which leave a disconnected account alone: null for that. */
export const unlessDisconnected = <Connected>(connecting: Promise<Connected>): Promise<Connected | null> =>
  connecting.catch((error: unknown) => {
    if (error instanceof ServiceError && error.code === 'account_disconnected') return null;
    throw error;
  });
