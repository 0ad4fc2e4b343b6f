import { ServiceError } from '../errors.ts';
import type { HealthRepository } from './repository.ts';

export interface Health {
  status: 'ok';
  database: 'ok';
  version: string;
}

/** After this time, a health check that fails helps more than one that still waits. */
const PATIENCE_MS = 2_000;
const RETRY_AFTER_SECONDS = 5;

/**
 * Checks that the service works, by a query that makes the database write to its disk.
 * @throws {ServiceError} `database_unavailable` when that fails or takes more than two seconds, connecting included.
 */
export const createCheckHealth =
  ({
    connect,
    version,
    patienceMs = PATIENCE_MS,
  }: {
    connect: () => Promise<Pick<HealthRepository, 'ping'>>;
    version: string;
    patienceMs?: number;
  }) =>
  async (): Promise<Health> => {
    const patience = Promise.withResolvers<never>();
    const timer = setTimeout(() => patience.reject(new Error(`No answer within ${patienceMs} ms`)), patienceMs);
    try {
      await Promise.race([connect().then((database) => database.ping()), patience.promise]);
      return { status: 'ok', database: 'ok', version };
    } catch (cause) {
      // Its own words (that its disk is full) help more than that something failed.
      const message = cause instanceof ServiceError ? cause.message : 'The database does not answer';
      throw new ServiceError('database_unavailable', message, {
        cause,
        retryAfterSeconds: RETRY_AFTER_SECONDS,
        extensions: { database: 'unavailable', version },
      });
    } finally {
      clearTimeout(timer);
    }
  };
