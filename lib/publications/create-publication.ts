import type { DatabasePool, DatabaseTransactionConnection } from 'slonik';
import type { ConnectInstagram } from '../accounts/connect-instagram.ts';
import { ensureStillConnected } from '../accounts/connected.ts';
import { ensureMayWrite, readQuietSeconds } from '../accounts/standing.ts';
import { onlyAccount } from '../database/account-scope.ts';
import { ServiceError } from '../errors.ts';
import { fromFailure } from '../failure.ts';
import { type ClientKey, type IntentRequest, type Intents, requestHash } from '../intents/index.ts';
import type { Advance } from '../wake-ups/advance.ts';
import { createWaitForEnd } from '../wake-ups/wait-for-end.ts';
import type { Wake } from '../wake-ups/wake.ts';
import type { PublicationBody } from './body.ts';
import { meaningOf } from './failures.ts';
import { likenessDigest } from './likeness.ts';
import { createPublicationRepository } from './repository.ts';
import { containersNeeded, type ReserveQuota } from './reserve-quota.ts';
import type { ResolveRequest } from './resolve-request.ts';
import { isOver, type PublicationRow } from './schema.ts';

/** `key` is the client's own, if it gave one. Times are `performance.now()` ms. */
export interface NewPublication {
  account_id: number;
  body: PublicationBody;
  key: ClientKey | null;
  /** Until when the caller waits for the outcome; in the past: not at all. */
  waitUntil: number;
  /** When the answer must be on its way. */
  deadline: number;
}

/** An intent to publish, before it has a container for a target. */
const SUBJECT = { kind: 'publish', target_id: '', post_id: null, parent_id: null, text: null };

/**
 * Accepts a publication, and works at it while its caller waits; then workers go on. The same request under the same
 * key is the same publication.
 * @throws {ServiceError} for what cannot be accepted; the publication's own failure, with `publication_id`, when it
 * fails while its caller waits.
 */
export const createCreatePublication = ({
  database,
  connectInstagram,
  plan,
  resolveRequest,
  reserveQuota,
  advance,
  wake,
  now,
  sleep,
}: {
  database: DatabasePool;
  connectInstagram: ConnectInstagram;
  plan: Intents['plan'];
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

  /**
   * Stores the publication of a request in one commit with its intent and, unless it is scheduled, with a place in the
   * quota.
   */
  const accept = async (request: IntentRequest, body: PublicationBody) => {
    const { account_id, deadline } = request;
    const { intent, replayed } = await plan(request, async (insert) => {
      await ensureStillConnected(database, account_id);
      const resolved = await resolveRequest(account_id, body);
      const containers = containersNeeded(resolved);
      const store = async (connection: DatabaseTransactionConnection) => {
        const planned = await insert(connection, { ...SUBJECT, text_digest: likenessDigest(resolved) });
        const input = { account_id, ...resolved, containers_needed: containers, intent_id: planned.id };
        await createPublicationRepository(connection).insert(input);
        return planned;
      };
      if (resolved.scheduled_at !== null) return await database.transaction(store);
      await ensureMayWrite(database, account_id);
      return await reserveQuota.accepting(await connectInstagram(account_id), { containers, deadline }, store);
    });
    const row = await publications.findByIntent(intent);
    if (row === null) throw new Error('An intent to publish belongs to a publication');
    return { row, replayed };
  };

  /** The answer to its request. @throws {ServiceError} where it failed. */
  const tell = async (row: PublicationRow, replayed: boolean): Promise<{ row: PublicationRow; replayed: boolean }> => {
    if (row.error === null || (row.status !== 'failed' && row.status !== 'unknown')) return { row, replayed };
    const { code, message, options } = fromFailure(row.error, { publication_id: row.id });
    // Instagram refused no publication in particular: it blocks the account's writes for a while.
    const isBlock = meaningOf(row.error)?.means === 'writes_blocked';
    const quietSeconds = isBlock ? await readQuietSeconds(database, row.account_id) : 0;
    throw new ServiceError(code, message, {
      ...options,
      ...(quietSeconds > 0 && { retryAfterSeconds: quietSeconds }),
      replayed,
    });
  };

  return async (request: NewPublication): Promise<{ row: PublicationRow; replayed: boolean }> => {
    const { account_id, body, key, waitUntil, deadline } = request;
    const hash = requestHash('createPublication', account_id, body);
    const { row, replayed } = await accept({ account_id, key, hash, deadline }, body);
    if (isOver(row)) return await tell(row, replayed);
    if (row.status === 'scheduled' || now() >= waitUntil) {
      await wake(row, Math.max(0, row.resumes_in_ms ?? 0) / 1_000);
      return { row, replayed };
    }
    return await tell(await waitForEnd(row, waitUntil), replayed);
  };
};
