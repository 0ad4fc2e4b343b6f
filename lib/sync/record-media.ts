import type { CommonQueryMethods, DatabasePool } from 'slonik';
import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { recordUsage } from '../accounts/usage.ts';
import { idsOf } from '../instagram/listing.ts';
import type { MediaPage } from '../instagram/resources/media.ts';
import { cursorKey } from '../instagram/walk.ts';
import { logger } from '../logger.ts';
import { createPostMirror, type PageStatement } from '../posts/index.ts';
import { LeaseLost } from '../wake-ups/turn.ts';
import type { SyncTurn } from './advance.ts';
import type { RecordedPage, SyncRunRepository } from './repository.ts';
import type { SyncPosition, SyncRunRow, SyncWarning } from './schema.ts';

/** Instagram lists only the newest 10,000 media of an account. Near that number, older ones may be missing. */
export const MAX_LISTED = 10_000;
const NEAR_MAX_LISTED = 9_900;
/** A smaller page says too little about the pages after it to end an incremental run. */
const MIN_COVERED_PAGE = 25;

/** A page that was read, with the statement that stores it. */
export interface PageToRecord extends MediaPage {
  posts: Promise<PageStatement>;
}

/** Whether everything older than this page is stored: runs that left no gap have seen all its posts. */
const isContiguous = async (
  runs: SyncRunRepository,
  accountId: number,
  { previous_run_ids }: RecordedPage,
): Promise<boolean> =>
  previous_run_ids.every((id) => id !== null) &&
  (await runs.areContiguous(
    accountId,
    previous_run_ids.filter((id) => id !== null),
  ));

/** Whether a recent run ends with this page. Listings are not sorted for certain, so all its posts must be older. */
const isBeforeAll = (since: string | null, { items }: MediaPage): boolean =>
  since !== null && items.length > 0 && items.every(({ timestamp }) => Date.parse(timestamp) < Date.parse(since));

/**
 * Stores a page of a run together with the position to continue from, in one transaction. Gives the run's mode as it is
 * then, and whether the walk ended with this page: at the listing's end, or where an earlier run has stored the rest.
 */
export const createMediaRecorder = ({
  database,
  turn,
  connected: { account, usage },
}: {
  database: DatabasePool;
  turn: SyncTurn;
  connected: ConnectedAccount;
}) => {
  const record = async (
    runs: SyncRunRepository,
    page: PageToRecord,
    { position, expected }: { position: SyncPosition; expected: number | null },
  ): Promise<RecordedPage | null> =>
    runs.recordPage(turn.lease, turn.leaseSeconds, await page.posts, {
      fetched: page.items.length,
      position,
      cursor_seen: page.after === null ? null : cursorKey(page.after),
      expected,
    });

  /** Posts of unreadable rows count as seen, so they are not missing. */
  const noteUnreadable = async (
    runs: SyncRunRepository,
    connection: CommonQueryMethods,
    { unreadable }: MediaPage,
  ): Promise<void> => {
    if (unreadable.length === 0) return;
    const instagram_ids = idsOf(unreadable);
    await createPostMirror(connection).markSeen({ account_id: account.id, run_id: turn.lease.id, instagram_ids });
    await runs.recordProgress(turn.lease, ['rows_unreadable']);
    const ids = { account_id: account.id, sync_run_id: turn.lease.id, instagram_ids };
    logger.warn('rows of media could not be read', { event: 'rows_unreadable', ...ids, path: unreadable[0]?.path });
  };

  /** Used when the walk may end with this page, or there is more to store: all in one transaction with the page. */
  const recordAndEnd = (page: PageToRecord, after: { position: SyncPosition; expected: number | null }) =>
    turn.write(async (runs, { warnings: earlier, recent_since }, connection) => {
      const recorded = await record(runs, page, after);
      if (recorded === null) throw new LeaseLost();
      await noteUnreadable(runs, connection, page);
      const complete = page.after === null;
      const contiguous = complete || (await isContiguous(runs, account.id, recorded));
      const isSettled = page.items.length >= MIN_COVERED_PAGE && recorded.settled === page.items.length;
      const ended =
        complete ||
        (recorded.mode === 'incremental' && isSettled && contiguous) ||
        (recorded.mode === 'recent' && isBeforeAll(recent_since, page));
      if (ended) {
        const { expected, position } = after;
        const isOff = expected !== null && recorded.listed !== Math.min(expected, MAX_LISTED);
        const isExplained = page.unreadable.length > 0 || earlier.includes('rows_unreadable');
        const warnings: SyncWarning[] = complete && isOff && !isExplained ? ['count_mismatch'] : [];
        const floor = complete && recorded.listed >= NEAR_MAX_LISTED ? position.newest : null;
        await runs.finishMedia(turn.lease, { complete, contiguous, floor, warnings });
      }
      return { mode: recorded.mode, ended };
    });

  /** @throws {LeaseLost | CancelRequested} with nothing written. */
  return async (
    run: Pick<SyncRunRow, 'id' | 'mode'>,
    page: PageToRecord,
    after: { position: SyncPosition; expected: number | null },
  ): Promise<{ mode: SyncRunRow['mode']; ended: boolean }> => {
    const mayEnd = page.after === null || run.mode !== 'full';
    const outcome =
      mayEnd || page.unreadable.length > 0
        ? await recordAndEnd(page, after)
        : { ...(await turn.writeAtOnce((runs) => record(runs, page, after))), ended: false };
    await recordUsage(database, account.id, usage);
    const ids = { account_id: account.id, sync_run_id: run.id };
    logger.info('page stored', { event: 'page_stored', ...ids, media: page.items.length });
    return outcome;
  };
};
