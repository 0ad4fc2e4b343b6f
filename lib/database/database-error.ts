import { DatabaseError } from 'pg';
import { BackendTerminatedError, ConnectionError, StatementTimeoutError } from 'slonik';
import { ServiceError } from '../errors.ts';
import { DISK_FULL } from './explain.ts';

/** A failover or a restart takes seconds to a minute; clients that retry at this pace see its end soon. */
const RETRY_AFTER_SECONDS = 5;

/**
 * SQLSTATEs that mean "not now": connection exceptions, a transaction rolled back because of another one, out of
 * resources, a lock or time limit, shutting down or starting up, a replica that takes no writes (during a failover).
 */
const UNAVAILABLE = /^(08|40|53|57P|55P03|57014|25P0[34]|25006)/;

/** What slonik says when a connection broke in use, or its pool is closing. */
const BROKEN = /^(Client is (pending destroy|destroyed)|Connection pool (is being|has|has been) )/;

/** The error for a database that does not answer now. */
export const databaseUnavailable = (message: string, cause?: unknown): ServiceError =>
  new ServiceError('database_unavailable', message, { cause, retryAfterSeconds: RETRY_AFTER_SECONDS });

/**
 * Names a failure of the database for clients; gives every other error back unchanged. After a failed commit nobody
 * knows whether it happened: a caller that must know reads the row again.
 */
export const toDatabaseError = (error: unknown): unknown => {
  if (error instanceof ConnectionError || error instanceof BackendTerminatedError) {
    return databaseUnavailable('The database cannot be reached', error);
  }
  if (error instanceof DatabaseError && error.code === DISK_FULL) {
    return databaseUnavailable('The disk of the database is full', error);
  }
  const overdue = error instanceof StatementTimeoutError;
  if (overdue || (error instanceof DatabaseError && UNAVAILABLE.test(error.code ?? ''))) {
    return databaseUnavailable('The database could not answer in time', error);
  }
  if (error instanceof Error && BROKEN.test(error.message)) {
    return databaseUnavailable('The connection to the database was lost', error);
  }
  return error;
};
