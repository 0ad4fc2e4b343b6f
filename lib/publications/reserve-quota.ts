import type { DatabasePool } from 'slonik';
import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { recordStanding } from '../accounts/standing.ts';
import { toFailure } from '../failure.ts';
import { InstagramError, toServiceError } from '../instagram/errors.ts';
import type { PublishingLimit } from '../instagram/resources/publishing.ts';
import { Pause } from '../wake-ups/interruption.ts';
import { DEFAULT_WINDOW_SECONDS, findQuotaReached, publishingLimitReached, type QuotaReached } from './quota.ts';
import { createPublicationRepository, type PublicationRepository } from './repository.ts';
import type { PublicationRow } from './schema.ts';
import type { PublicationTurn } from './turn.ts';

/** Longest read of Instagram's figure; without the figure, Instagram itself refuses what is too much. */
const LIMIT_MS = 5_000;

/**
 * Instagram's figure for the account's quota; null: it gives none.
 * @throws {InstagramError} when it limits the account's calls: going on without the figure would be another call.
 */
const readLimit = async (
  { account, client }: ConnectedAccount,
  { deadline, now }: { deadline: number; now: () => number },
): Promise<PublishingLimit | null> => {
  try {
    return await client.publishing.getLimit(account.instagram_id, { deadline: Math.min(now() + LIMIT_MS, deadline) });
  } catch (error) {
    if (error instanceof InstagramError && error.kind !== 'throttled') return null;
    throw error;
  }
};

/** The quota without room for it; null: it fits. Act on it in the same transaction. */
const findReached = async (
  publications: PublicationRepository,
  { account_id, id = null, containers }: { account_id: number; id?: number | null; containers: number },
  limit: PublishingLimit | null,
): Promise<QuotaReached | null> => {
  await publications.lockQuota(account_id);
  const windowSeconds = limit?.quota_duration ?? DEFAULT_WINDOW_SECONDS;
  return findQuotaReached(
    limit,
    await publications.countUse(account_id, { windowSeconds, publication_id: id }),
    containers,
  );
};

/** Containers that a publication needs: one, and one for each part of a carousel. */
export const containersNeeded = ({ kind, request }: Pick<PublicationRow, 'kind' | 'request'>): number =>
  kind === 'carousel' ? request.files.length + 1 : 1;

/**
 * Reserves a place in the quotas before containers are made, so that an account does not spend containers on what
 * Instagram would not publish.
 */
export const createReserveQuota = ({ database, now }: { database: DatabasePool; now: () => number }) => ({
  /**
   * Runs `accept` in a transaction in which there is room for one more publication.
   * @throws {ServiceError} `publishing_limit_reached`, or `instagram_rate_limited` where the figure itself is refused.
   */
  accepting: async <Result>(
    connected: ConnectedAccount,
    { containers, deadline }: { containers: number; deadline: number },
    accept: (connection: Parameters<Parameters<DatabasePool['transaction']>[0]>[0]) => Promise<Result>,
  ): Promise<Result> => {
    const limit = await readLimit(connected, { deadline, now }).catch(async (error: unknown) => {
      if (!(error instanceof InstagramError)) throw error;
      await recordStanding(database, connected.account, error);
      throw toServiceError(error);
    });
    return await database.transaction(async (connection) => {
      const publications = createPublicationRepository(connection);
      const reached = await findReached(publications, { account_id: connected.account.id, containers }, limit);
      if (reached !== null) throw publishingLimitReached(reached);
      return await accept(connection);
    });
  },

  /** Queues a scheduled publication that is due. @throws {Pause} until it fits into the quotas. */
  whenDue: async (turn: PublicationTurn, row: PublicationRow, connected: ConnectedAccount): Promise<void> => {
    const limit = await readLimit(connected, { ...turn.step(), now });
    const reached = await turn.write(async (rows) => {
      const needed = { account_id: row.account_id, id: row.id, containers: containersNeeded(row) };
      const found = await findReached(rows, needed, limit);
      if (found === null) await rows.setStatus(turn.lease, 'queued');
      return found;
    });
    if (reached === null) return;
    const error = toFailure(publishingLimitReached(reached));
    throw new Pause(Math.max(1, reached.waitSeconds), { reason: 'planned', error });
  },
});
export type ReserveQuota = ReturnType<typeof createReserveQuota>;
