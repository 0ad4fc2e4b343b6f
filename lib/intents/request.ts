import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { ensureStillConnected } from '../accounts/connected.ts';
import { ensureMayWrite } from '../accounts/standing.ts';
import { type Backoff, createPauses } from '../backoff.ts';
import { ServiceError } from '../errors.ts';
import { fromFailure } from '../failure.ts';
import { once } from '../once.ts';
import { isStopping, orStopping } from '../stopping.ts';
import { OutOfTime } from '../wake-ups/turn.ts';
import type { IntentDeps } from './deps.ts';
import type { Follower } from './follow.ts';
import type { IntentRow } from './schema.ts';

const POLL_MS: Backoff = { first: 50, max: 500 };
/** Sends of one request that never leave this machine, before its client is told. */
const MAX_SENDS_IN_VAIN = 3;
/** A pause that is worth waiting for. */
const SHORT_PAUSE_MS = 1_500;

/**
 * The follower of a request that waits for an intent until `deadline`: it sleeps where there is something to wait for,
 * and else throws what its client is told. `connected`: the request's own, where the intent is new; null: the intent is
 * an earlier request's, and the account may be quiet by now. `sendError`: why the request's own last send failed.
 */
export const createRequestFollower = (
  { database, connectInstagram, now, sleep }: IntentDeps,
  { account_id, connected, deadline }: { account_id: number; connected: ConnectedAccount | null; deadline: number },
): Follower & { sendError: () => ServiceError | null } => {
  let sendError: ServiceError | null = null;
  let failedSends = 0;
  let joined = false; // another request sent it while this one waited: its failure is this one's answer too
  const nextPause = createPauses(POLL_MS);
  const connect = once(async () => connected ?? (await connectInstagram(account_id)));

  const ensureWorthTrying = (row: IntentRow, pauseMs: number): void => {
    if (row.state !== 'pending') return;
    if (joined || pauseMs > SHORT_PAUSE_MS || failedSends >= MAX_SENDS_IN_VAIN) throw sendError ?? postponed(row);
  };

  return {
    as: 'caller',
    deadline,
    sendError: () => sendError,
    connect: async () => {
      if (connected === null && sendError === null) await ensureMayWrite(database, account_id);
      return await connect();
    },
    wait: async (row, ms) => {
      if (row.state === 'sending') joined = true;
      ensureWorthTrying(row, ms);
      const pause = Math.min(ms, nextPause());
      if (ms === Number.POSITIVE_INFINITY || now() + pause >= deadline) throw unsettled(row, sendError);
      await orStopping(sleep(pause));
      if (isStopping()) throw unsettled(row, sendError); // whoever is woken next reads it back
      return 'again';
    },
    beforeSend: async (row, take) => {
      ensureWorthTrying(row, 0);
      if (isStopping()) throw row.state === 'pending' ? (sendError ?? postponed(row)) : unsettled(row, sendError);
      if (sendError !== null) await ensureMayWrite(database, account_id);
      await ensureStillConnected(database, account_id);
      return await take().catch((error: unknown) => {
        throw error instanceof OutOfTime ? unsettled(row, sendError) : error;
      });
    },
    sendFailed: ({ error, open, final }) => {
      if (!open && !final) throw error;
      sendError = error;
      failedSends += 1;
    },
  };
};

const postponed = ({ error, retry_in_ms }: IntentRow): ServiceError => {
  if (error === null) return new ServiceError('instagram_error', 'It was not sent; try again');
  const { code, message, options } = fromFailure(error);
  const retryAfterSeconds = Math.ceil((retry_in_ms ?? 0) / 1_000);
  return new ServiceError(code, message, { ...options, ...(retryAfterSeconds > 0 && { retryAfterSeconds }) });
};

const unsettled = ({ state, error }: IntentRow, sendError: ServiceError | null): ServiceError => {
  if (state === 'sending') {
    return new ServiceError('idempotency_in_progress', 'The first request with this key is still under way');
  }
  if (sendError !== null) return sendError;
  if (error !== null) return fromFailure(error);
  return new ServiceError('outcome_unknown', 'Whether Instagram did it is not known yet');
};
