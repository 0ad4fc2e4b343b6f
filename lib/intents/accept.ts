import { createHash, randomUUID } from 'node:crypto';
import type { CommonQueryMethods } from 'slonik';
import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { type Backoff, createWait } from '../backoff.ts';
import { isDatabaseAway, ServiceError } from '../errors.ts';
import { fromFailure } from '../failure.ts';
import type { IntentDeps } from './deps.ts';
import { createFollow, sendMsWithin } from './follow.ts';
import { createIntentRepository } from './repository.ts';
import { createRequestFollower } from './request.ts';
import type { IntentInput, IntentRow, IntentState, Outcome } from './schema.ts';

const REREAD_MS: Backoff = { first: 100, max: 1_000 };

/** The key a client gave to its request, and who the client is. */
export interface ClientKey {
  principal: string;
  key: string;
}
/** A request that must have one effect on Instagram, however often it is made and whatever fails. */
export interface IntentRequest {
  account_id: number;
  key: ClientKey | null;
  /** `requestHash` of what it asks. */
  hash: string;
  /** `performance.now()` ms at which its answer must be on its way. */
  deadline: number;
}
type Keyed = Pick<IntentInput, 'account_id' | 'principal' | 'idempotency_key' | 'request_hash'>;
/** What a new intent shall do. */
export type IntentSubject = Omit<IntentInput, keyof Keyed>;

/** How an accepted request ended. `replayed`: it was an earlier request's. `error`: of its own send, if that was refused. */
export interface Settled {
  state: IntentState;
  outcome: Outcome;
  replayed: boolean;
  error: ServiceError | null;
}

/** A hash of what a request asks: its operation, target and validated body. */
export const requestHash = (operation: string, target: string | number, body: unknown): string =>
  createHash('sha256')
    .update(JSON.stringify([operation, target, body]))
    .digest('base64url');

/** The body a request is answered with. @throws {ServiceError} where its outcome is a failure. */
export const bodyOf = ({ outcome, replayed, error }: Settled): unknown => {
  if (!('failure' in outcome)) return outcome.body;
  if (error !== null) throw error;
  const { code, message, options } = fromFailure(outcome.failure);
  throw new ServiceError(code, message, { ...options, replayed });
};

/** Another request took the client's key first. */
class KeyTaken extends Error {
  override readonly name = 'KeyTaken';
}

/** How requests become intents: one for each key, also where a commit was not acknowledged. */
export const createAccept = (deps: IntentDeps) => {
  const { database, connectInstagram, timing, now } = deps;
  const intents = createIntentRepository(database);
  const follow = createFollow(deps);

  // A request without a key gets one of ours: it finds the row again after a commit in doubt.
  const keyedOf = ({ account_id, key, hash }: IntentRequest): Keyed => ({
    account_id,
    principal: key?.principal ?? null,
    idempotency_key: key?.key ?? randomUUID(),
    request_hash: hash,
  });

  const findSame = async (keyed: Keyed): Promise<IntentRow | null> => {
    const row = await intents.findByKey(keyed);
    if (row !== null && row.request_hash !== keyed.request_hash) {
      throw new ServiceError('idempotency_key_reused', 'This Idempotency-Key belongs to another request');
    }
    return row;
  };

  /** Finds out whether a commit that was not acknowledged happened; null: it did not, or the database stays away. */
  const reread = async (keyed: Keyed, until: number): Promise<IntentRow | null> => {
    const wait = createWait(REREAD_MS, deps);
    while (await wait(until)) {
      try {
        return await findSame(keyed);
      } catch (error) {
        if (!isDatabaseAway(error)) throw error;
      }
    }
    return null;
  };

  /** Stores the intent, or finds the one that has its key. `isNew` is false where it may be another request's. */
  const storeOnce = async (
    keyed: Keyed,
    until: number,
    store: () => Promise<IntentRow | null>,
  ): Promise<{ row: IntentRow; isNew: boolean }> => {
    try {
      const row = await store();
      if (row !== null) return { row, isNew: true };
    } catch (error) {
      const row = isDatabaseAway(error) ? await reread(keyed, until) : null;
      if (row === null) throw error; // nothing was sent, and nothing will be
      return { row, isNew: keyed.principal === null };
    }
    const row = await findSame(keyed);
    if (row === null)
      throw new ServiceError('idempotency_in_progress', 'Another request is using this Idempotency-Key right now');
    return { row, isNew: false };
  };

  const settle = async (
    row: IntentRow,
    request: IntentRequest,
    own: { connected: ConnectedAccount; sendBy: number } | null,
  ): Promise<Settled> => {
    const { account_id, deadline } = request;
    const follower = createRequestFollower(deps, { account_id, connected: own?.connected ?? null, deadline });
    try {
      const { state, outcome } = await follow(row, follower, own && { row, sendBy: own.sendBy });
      if (outcome === null) throw new Error('An intent that is done has an outcome');
      return { state, outcome, replayed: own === null, error: state === 'refused' ? follower.sendError() : null };
    } catch (error) {
      const sendError = follower.sendError();
      if (sendError === null || !isDatabaseAway(error)) throw error;
      throw sendError; // the client must hear this first: Instagram may have done it
    }
  };

  return {
    /**
     * Does on Instagram what a request asks, once: by its own intent, or by that of an earlier request with the same
     * key. `begin` is called only for a new intent: it gives what the intent shall do, or throws where nothing may
     * begin.
     * @throws {ServiceError} `idempotency_key_reused`, and what the request is told while there is no outcome.
     */
    accept: async (
      request: IntentRequest & { begin: (connected: ConnectedAccount) => Promise<IntentSubject> },
    ): Promise<Settled> => {
      const { account_id, key, deadline, begin } = request;
      const keyed = keyedOf(request);
      const earlier = key === null ? null : await findSame(keyed);
      if (earlier !== null) return await settle(earlier, request, null);
      const connected = await connectInstagram(account_id);
      const input = { ...(await begin(connected)), ...keyed };
      const begunAt = now();
      const sendMs = sendMsWithin(timing, deadline - begunAt);
      if (sendMs === null) throw new ServiceError('instagram_timeout', 'No time was left to send it');
      const sendBy = begunAt + sendMs;
      const store = () => intents.accept(input, sendMs);
      const { row, isNew } = await storeOnce(keyed, Math.min(sendBy, deadline), store);
      return await settle(row, request, isNew ? { connected, sendBy } : null);
    },

    /**
     * Accepts a request whose own worker will send it. `store` is called only for a new intent: in one transaction it
     * calls `insert`, and stores what belongs to the intent.
     * @throws {ServiceError} `idempotency_key_reused`, and whatever `store` throws.
     */
    plan: async (
      request: IntentRequest,
      store: (
        insert: (connection: CommonQueryMethods, subject: IntentSubject) => Promise<IntentRow>,
      ) => Promise<IntentRow>,
    ): Promise<{ intent: IntentRow; replayed: boolean }> => {
      const keyed = keyedOf(request);
      const earlier = request.key === null ? null : await findSame(keyed);
      if (earlier !== null) return { intent: earlier, replayed: true };
      const insert = async (connection: CommonQueryMethods, subject: IntentSubject): Promise<IntentRow> => {
        const row = await createIntentRepository(connection).accept({ ...subject, ...keyed }, null);
        if (row === null) throw new KeyTaken();
        return row;
      };
      const { row, isNew } = await storeOnce(keyed, request.deadline, () =>
        store(insert).catch((error: unknown) => {
          if (error instanceof KeyTaken) return null;
          throw error;
        }),
      );
      return { intent: row, replayed: !isNew };
    },
  };
};
