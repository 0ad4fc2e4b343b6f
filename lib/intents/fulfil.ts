import { createHash, randomUUID } from 'node:crypto';
import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { ServiceError } from '../errors.ts';
import type { IntentDeps } from './deps.ts';
import { type Answer, createPursue, sendMsWithin } from './pursue.ts';
import { createIntentRepository } from './repository.ts';
import type { IntentInput, IntentRow } from './schema.ts';

const REREAD_FIRST_MS = 100;
const REREAD_LONGEST_MS = 1_000;

/** The key a client gave to its request, and who the client is. */
export interface ClientKey {
  principal: string;
  key: string;
}

/** One line that stands for what a request asks: its operation, target and validated body. */
export const requestHash = (operation: string, target: string | number, body: unknown): string =>
  createHash('sha256')
    .update(JSON.stringify([operation, target, body]))
    .digest('base64url');

/**
 * Does on Instagram what a request asks, once: by its own intent, or by that of an earlier request with the same key.
 * `begin` is asked only for a new intent: it throws where nothing may be begun, and says what the intent is.
 * @throws {ServiceError} `idempotency_key_reused`, and whatever the request is to be told (`createPursue`).
 */
export const createFulfil = (deps: IntentDeps) => {
  const { database, connectInstagram, timing, now, sleep } = deps;
  const intents = createIntentRepository(database);
  const pursue = createPursue(deps);

  const follow = async (row: IntentRow, hash: string, deadline: number) => {
    if (row.request_hash !== hash) {
      throw new ServiceError('idempotency_key_reused', 'This Idempotency-Key belongs to another request');
    }
    const connect = () => connectInstagram(row.account_id);
    return { answer: await pursue(connect, row, { sendBy: null, deadline }), replayed: true };
  };

  /** After a commit that was not acknowledged: whether it happened. */
  const reread = async (key: Pick<IntentInput, 'account_id' | 'principal' | 'idempotency_key'>, until: number) => {
    for (let pause = REREAD_FIRST_MS; now() + pause < until; pause = Math.min(2 * pause, REREAD_LONGEST_MS)) {
      await sleep(pause);
      try {
        return await intents.findByKey(key);
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
      }
    }
    return null;
  };

  return async ({
    account_id,
    key,
    hash,
    begin,
    deadline,
  }: {
    account_id: number;
    key: ClientKey | null;
    hash: string;
    begin: (
      connected: ConnectedAccount,
    ) => Promise<Omit<IntentInput, 'account_id' | 'principal' | 'idempotency_key' | 'request_hash'>>;
    /** `performance.now()` ms at which the answer must be on its way. */
    deadline: number;
  }): Promise<{ answer: Answer; replayed: boolean }> => {
    // Without a key the request makes one of its own: it is what finds the row again after a commit in doubt.
    const keyed = { account_id, principal: key?.principal ?? null, idempotency_key: key?.key ?? randomUUID() };
    const earlier = key === null ? null : await intents.findByKey(keyed);
    if (earlier !== null) return await follow(earlier, hash, deadline);

    const connected = await connectInstagram(account_id);
    const input = { ...(await begin(connected)), ...keyed, request_hash: hash };
    const begunAt = now();
    const sendMs = sendMsWithin(timing, deadline - begunAt);
    if (sendMs === null) throw new ServiceError('instagram_timeout', 'No time was left to send it');
    let row: IntentRow | null;
    try {
      row = await intents.accept(input, sendMs);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      row = await reread(keyed, Math.min(begunAt + sendMs, deadline));
      if (row === null) throw error; // nothing was sent, and nothing will be
      if (key !== null) return await follow(row, hash, deadline); // perhaps another request's: it waits for its turn
    }
    if (row === null) {
      const taken = await intents.findByKey(keyed);
      if (taken === null) throw new ServiceError('idempotency_in_progress', 'The key is being used just now');
      return await follow(taken, hash, deadline);
    }
    const sendBy = begunAt + sendMs;
    return { answer: await pursue(async () => connected, row, { sendBy, deadline }), replayed: false };
  };
};
export type Fulfil = ReturnType<typeof createFulfil>;
