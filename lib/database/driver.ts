import { Socket } from 'node:net';
import { createDriverFactory, type DriverFactory } from '@slonik/driver';
import { Client, DatabaseError, type QueryResult } from 'pg';
import {
  BackendTerminatedError,
  CheckIntegrityConstraintViolationError,
  ForeignKeyIntegrityConstraintViolationError,
  NotNullIntegrityConstraintViolationError,
  StatementTimeoutError,
  UniqueIntegrityConstraintViolationError,
} from 'slonik';
import { toClientConfig } from './client-config.ts';
import { getTypeParser } from './type-parsers.ts';

export interface DriverOptions {
  /** Longest wait for a connection to be made. */
  connectMs: number;
  /** Longest wait for a query's answer. Longer than `statement_timeout`, so that only a dead network reaches it. */
  queryMs: number;
}

/** Longest polite end of a connection, before its socket is closed. */
const END_MS = 1_000;

/** SQLSTATE → slonik's error class, so that callers can tell errors apart by class. */
const NAMED: Readonly<Record<string, new (error: Error) => Error>> = {
  '23502': NotNullIntegrityConstraintViolationError,
  '23503': ForeignKeyIntegrityConstraintViolationError,
  '23505': UniqueIntegrityConstraintViolationError,
  '23514': CheckIntegrityConstraintViolationError,
  '57014': StatementTimeoutError,
};

/** SQLSTATEs after which the connection is gone: connection exceptions, shutdown, its own time-outs. */
const ENDS_CONNECTION = /^(08|57P0|25P0[34])/;

/**
 * slonik's driver over `pg`, instead of `@slonik/pg-driver`: it opens no extra connection at a cold start to look up
 * types, it reads every parameter of the URL that `pg` knows (`sslmode=verify-full`), and it bounds the wait for an
 * answer on this side: over a network that loses packets, nobody hears of `statement_timeout`.
 */
export const createPgDriver = (url: string, { connectMs, queryMs }: DriverOptions): DriverFactory =>
  createDriverFactory(async () => ({
    createPoolClient: async ({ clientEventEmitter }) => {
      const socket = new Socket();
      const client = new Client({
        ...toClientConfig(url),
        connectionTimeoutMillis: connectMs,
        keepAlive: true,
        stream: () => socket,
        types: { getTypeParser },
      });
      client.on('error', (error) => clientEventEmitter.emit('error', toDriverError(error)));
      client.on('notice', ({ message = '' }) => clientEventEmitter.emit('notice', { message }));

      /** Runs `work`; after `ms` it closes the socket, so that whatever waits for an answer fails. */
      const bounded = async <Result>(ms: number, work: () => Promise<Result>): Promise<Result> => {
        const timer = setTimeout(() => socket.destroy(new Error(`no answer within ${ms / 1_000} s`)), ms);
        try {
          return await work();
        } finally {
          clearTimeout(timer);
        }
      };

      return {
        connect: async () => {
          await client.connect();
        },
        end: () => bounded(END_MS, () => client.end()),
        query: async (text, values) => {
          try {
            const query = { text, values: values ?? [], queryMode: 'extended' }; // one statement a query, always
            const { command, fields, rowCount, rows }: QueryResult = await bounded(queryMs, () => client.query(query));
            return {
              command: command as 'SELECT', // slonik's type names five; BEGIN and COMMIT come through here too
              fields: fields.map(({ dataTypeID, name }) => ({ dataTypeId: dataTypeID, name })),
              rowCount,
              rows,
            };
          } catch (error) {
            throw toDriverError(error);
          }
        },
        stream: () => {
          throw new Error('streams are not used here: page instead');
        },
      };
    },
  }));

/**
 * An error that is no answer of the server is one of the socket, except for values that `pg` or a type parser refuse. A
 * `BackendTerminatedError` tells slonik that there is no connection left to roll back on.
 */
const toDriverError = (error: unknown): Error => {
  if (error instanceof RangeError || error instanceof TypeError) return error;
  if (!(error instanceof DatabaseError)) return new BackendTerminatedError(error as Error);
  const code = error.code ?? '';
  if (ENDS_CONNECTION.test(code)) return new BackendTerminatedError(error);
  const Named = NAMED[code];
  return Named === undefined ? error : new Named(error);
};
