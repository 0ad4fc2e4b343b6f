import { randomUUID } from 'node:crypto';
import type { DatabasePool, DatabaseTransactionConnection } from 'slonik';
import type { ConnectInstagram } from '../accounts/connect-instagram.ts';
import { ensureMayWrite, restSeconds } from '../accounts/standing.ts';
import { onlyAccount } from '../database/account-scope.ts';
import { ServiceError } from '../errors.ts';
import { type Failure, fromFailure } from '../failure.ts';
import { type ClientKey, requestHash } from '../intents/fulfil.ts';
import { findIntentByKey, planIntent } from '../intents/planned.ts';
import type { IntentRow } from '../intents/schema.ts';
import type { Advance } from '../wake-ups/advance.ts';
import { createWaitForEnd } from '../wake-ups/wait-for-end.ts';
import type { Wake } from '../wake-ups/wake.ts';
import { lookDigest } from './likeness.ts';
import { createPublicationRepository } from './repository.ts';
import type { PublicationBody } from './request.ts';
import { containersNeeded, type ReserveQuota } from './reserve-quota.ts';
import type { ResolvedRequest, ResolveRequest } from './resolve-request.ts';
import { isOver, type PublicationRow } from './schema.ts';

const REREAD_FIRST_MS = 100;
const REREAD_LONGEST_MS = 1_000;
/** What is told of an earlier request with the same key. */
const REPLAYED = { 'Idempotent-Replayed': 'true' } as const;

/** Its client's key was taken by another request in the meantime. */
class KeyTaken extends Error {
  override readonly name = 'KeyTaken';
}

/** `key` is the client's own, if it gave one; times are `performance.now()` ms. */
export interface NewPublication {
  account_id: number;
  body: PublicationBody;
  key: ClientKey | null;
  /** Until when the caller waits for the outcome; in the past: not at all. */
  waitUntil: number;
  /** At which the answer must be on its way. */
  deadline: number;
}

/**
 * Accepts a publication, and works on it while its caller waits; then it goes on without. The same request under the same
 * key is the same publication.
 * @throws {ServiceError} for what cannot be accepted; the publication's own failure, with `publication_id`, when it fails
 * within the wait.
 */
export const createCreatePublication = ({
  database,
  connectInstagram,
  resolveRequest,
  reserveQuota,
  advance,
  wake,
  now,
  sleep,
}: {
  database: DatabasePool;
  connectInstagram: ConnectInstagram;
  resolveRequest: ResolveRequest;
  reserveQuota: Pick<ReserveQuota, 'accepting'>;
  advance: Advance;
  wake: Wake;
  now: () => number;
  sleep: (ms: number) => Promise<void>;
}) => {
  const publications = createPublicationRepository(database);
  const waitForEnd = createWaitForEnd<PublicationRow>({
    find: ({ account_id, id }) => publications.find(onlyAccount(account_id), id),
    isOver,
    advance,
    now,
    sleep,
  });

  const store = async (
    connection: DatabaseTransactionConnection,
    account_id: number,
    resolved: ResolvedRequest,
    keyed: { principal: string | null; idempotency_key: string; request_hash: string },
  ): Promise<PublicationRow> => {
    const intent = await planIntent(connection, {
      account_id,
      kind: 'publish',
      target_id: '', // its container, once there is one
      post_id: null,
      parent_id: null,
      text: null,
      text_digest: lookDigest(resolved),
      ...keyed,
    });
    if (intent === null) throw new KeyTaken();
    const containers_needed = containersNeeded(resolved);
    const input = { account_id, ...resolved, containers_needed, intent_id: intent.id };
    return await createPublicationRepository(connection).insert(input);
  };

  /** One commit, with a place in the quota unless it is for later. Null: the key was taken meanwhile. */
  const accept = async (
    { account_id, deadline }: NewPublication,
    resolved: ResolvedRequest,
    keyed: { principal: string | null; idempotency_key: string; request_hash: string },
  ): Promise<PublicationRow | null> => {
    const insert = (connection: DatabaseTransactionConnection) => store(connection, account_id, resolved, keyed);
    try {
      if (resolved.scheduled_at !== null) return await database.transaction(insert);
      await ensureMayWrite(database, account_id);
      const connected = await connectInstagram(account_id);
      const containers = containersNeeded(resolved);
      return await reserveQuota.accepting(connected, { containers, deadline }, insert);
    } catch (error) {
      if (error instanceof KeyTaken) return null;
      if (!isDatabaseAway(error)) throw error;
      // The commit may have happened all the same: whether it did stands under the key.
      const intent = await reread({ account_id, ...keyed }, deadline);
      if (intent === null) throw error;
      return await publications.findByIntent(intent);
    }
  };

  const reread = async (
    key: { account_id: number; principal: string | null; idempotency_key: string },
    deadline: number,
  ): Promise<IntentRow | null> => {
    for (let pause = REREAD_FIRST_MS; now() + pause < deadline; pause = Math.min(2 * pause, REREAD_LONGEST_MS)) {
      await sleep(pause);
      try {
        return await findIntentByKey(database, key);
      } catch (error) {
        if (!isDatabaseAway(error)) throw error;
      }
    }
    return null;
  };

  const findByKey = async (
    key: { account_id: number; principal: string | null; idempotency_key: string },
    hash: string,
  ): Promise<PublicationRow | null> => {
    const intent = await findIntentByKey(database, key);
    if (intent === null) return null;
    if (intent.request_hash !== hash) {
      throw new ServiceError('idempotency_key_reused', 'This Idempotency-Key belongs to another request');
    }
    return await publications.findByIntent(intent);
  };

  /** The outcome as its request is told it. @throws {ServiceError} a failure. */
  const tell = async (row: PublicationRow, replayed: boolean): Promise<{ row: PublicationRow; replayed: boolean }> => {
    if (row.error === null || (row.status !== 'failed' && row.status !== 'unknown')) return { row, replayed };
    const { code, message, options } = fromFailure(row.error, { publication_id: row.id });
    const rest = isBlock(row.error) ? await restSeconds(database, row.account_id) : 0;
    throw new ServiceError(code, message, {
      ...options,
      ...(rest > 0 && { retryAfterSeconds: rest }),
      ...(replayed && { headers: REPLAYED }),
    });
  };

  return async (request: NewPublication): Promise<{ row: PublicationRow; replayed: boolean }> => {
    const { account_id, body, key, waitUntil } = request;
    const hash = requestHash('createPublication', account_id, body);
    // Without a key the request makes one of its own: it is what finds the row again after a commit in doubt.
    const keyed = { principal: key?.principal ?? null, idempotency_key: key?.key ?? randomUUID(), request_hash: hash };
    const earlier = key === null ? null : await findByKey({ account_id, ...keyed }, hash);
    const accepted = earlier === null ? await accept(request, await resolveRequest(account_id, body), keyed) : null;
    const row = earlier ?? accepted ?? (await findByKey({ account_id, ...keyed }, hash));
    if (row === null) throw new ServiceError('idempotency_in_progress', 'The key is being used just now');
    const replayed = accepted === null;
    if (isOver(row)) return await tell(row, replayed);
    if (row.status === 'scheduled' || now() >= waitUntil) {
      await wake(row, Math.max(0, row.resumes_in_ms ?? 0) / 1_000);
      return { row, replayed };
    }
    return await tell(await waitForEnd(row, waitUntil), replayed);
  };
};

/** Instagram has stopped the account's writes for a while, rather than this one for good. */
const isBlock = ({ instagram }: Failure) => instagram?.code === 368 || instagram?.error_subcode === 2_207_051;

const isDatabaseAway = (error: unknown) => error instanceof ServiceError && error.code === 'database_unavailable';
