import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DatabasePool } from 'slonik';
import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { recordUsage } from '../accounts/usage.ts';
import { createReadClock } from '../database/read-clock.ts';
import { ServiceError } from '../errors.ts';
import { InstagramError } from '../instagram/errors.ts';
import { ALL_MEDIA_FIELDS } from '../instagram/resources/media.ts';
import { logger } from '../logger.ts';
import { type PageStatement, pageStatement, seenInRun } from '../posts/mirror.ts';
import { LeaseLost, STEP_MS } from '../wake-ups/turn.ts';
import type { SyncTurn } from './advance.ts';
import { keepPace, paceMs } from './pace.ts';
import { mayRecord, type RecordedPage, type SyncRunRepository } from './repository.ts';
import type { SyncPosition, SyncRunRow, SyncWarning } from './schema.ts';

/** Instagram lists only the newest 10,000 media of an account; near that, older ones may be cut off. */
const LISTED_AT_MOST = 10_000;
const NEAR_THE_CAP = 9_900;
/** A smaller page says too little about what lies behind it to end an incremental run. */
const COVERED_PAGE_MIN = 25;
const RESTARTS_AT_MOST = 2;

const PAGE = 100;
/** Good pages after which a page that had to be halved is doubled again: one heavy media must not slow down the rest. */
const STEADY_PAGES = 8;

const TOP: SyncPosition = { after: null, last: null, newest: null, limit: PAGE, steady: 0, fields: ALL_MEDIA_FIELDS };

/** The size of the next page, after one that Instagram gave at `used`. */
export const nextPageSize = ({ limit, steady }: Pick<SyncPosition, 'limit' | 'steady'>, used: number) => {
  if (used < limit) return { limit: used, steady: 0 };
  if (used < PAGE && steady + 1 >= STEADY_PAGES) return { limit: Math.min(2 * used, PAGE), steady: 0 };
  return { limit: used, steady: steady + 1 };
};

type MediaPage = Awaited<ReturnType<ConnectedAccount['client']['media']['readPage']>>;
interface PageToRecord extends MediaPage {
  posts: Promise<PageStatement>;
}

/** The order within a page is never assumed. */
const newestOf = ({ items }: MediaPage): string | null =>
  items.reduce<string | null>(
    (newest, { timestamp }) => (newest === null || timestamp > newest ? timestamp : newest),
    null,
  );

/** Whether everything older than this page is stored: all of it was, by runs that left no gap behind them. */
const isCovered = async (
  runs: SyncRunRepository,
  accountId: number,
  { items }: MediaPage,
  { unchanged, previous_run_ids }: RecordedPage,
): Promise<boolean> =>
  items.length >= COVERED_PAGE_MIN &&
  unchanged === items.length &&
  previous_run_ids.every((id) => id !== null) &&
  (await runs.areContiguous(
    accountId,
    previous_run_ids.filter((id) => id !== null),
  ));

/**
 * What keeps the processor busy waits until the next page is asked for: `fetch` takes two turns of the event loop to write
 * a request, and each millisecond later is one that the walk takes longer.
 */
const requestLeaves = async (): Promise<void> => {
  await nextTurn();
  await nextTurn();
};

/** Cursors are long and opaque; a short hash tells them apart well enough to notice a loop. */
const hashOf = (cursor: string) => createHash('sha256').update(cursor).digest('base64url').slice(0, 16);

/**
 * Walks the account's media from where the run stands, a page a transaction, reading the next page while one is being
 * written. Ends with the phase recorded as done.
 * @throws {InstagramError | ServiceError | Pause | OutOfTime | LeaseLost | CancelRequested} with every page before stored.
 */
export const createMediaPhase =
  ({ database, now, sleep }: { database: DatabasePool; now: () => number; sleep: (ms: number) => Promise<void> }) =>
  async (turn: SyncTurn, start: SyncRunRow, { account, client, usage }: ConnectedAccount): Promise<void> => {
    const abandoned = new AbortController();
    const signal = abandoned.signal;
    let run = start;
    let position = run.position ?? TOP;
    const seen = new Set(run.cursors_seen);
    const readClock = createReadClock(database, now);

    const read = async ({ after, limit, fields }: SyncPosition, until?: number): Promise<PageToRecord> => {
      const read_at = await readClock();
      const page = await client.media.readPage(
        account.instagram_id,
        { limit, after, fields, ...(until === undefined ? {} : { until }) },
        { ...turn.step(), signal },
      );
      const { items: media, used } = page;
      const prepare = async () => {
        await requestLeaves();
        return pageStatement(
          { account_id: account.id, run_id: run.id, read_at, media, fields: used.fields },
          mayRecord,
        );
      };
      const posts = prepare();
      posts.catch(() => undefined); // whoever records the page hears of it
      return { ...page, posts };
    };

    /** The place is lost: find it by time, or begin again at the top. */
    const resume = async (lost: InstagramError): Promise<PageToRecord> => {
      if (position.last !== null) {
        const until = Math.ceil(Date.parse(position.last.posted_at) / 1_000) + 1;
        const page = await read({ ...position, after: null }, until);
        const instagram_ids = page.items.map((item) => item.instagram_id);
        if (await seenInRun(database, { account_id: account.id, run_id: run.id, instagram_ids })) return page;
      }
      if (run.restarts >= RESTARTS_AT_MOST) throw lost;
      const restarts = run.restarts + 1;
      await turn.write((runs) => runs.restartMedia(turn.lease, { restarts }));
      run = { ...run, restarts };
      position = { ...position, after: null, last: null };
      seen.clear();
      return await read(position);
    };
    const readOrResume = (ahead: Promise<PageToRecord> | undefined) =>
      (ahead ?? read(position)).catch((error: unknown) => {
        if (error instanceof InstagramError && error.hint === 'invalid_cursor' && position.after !== null)
          return resume(error);
        throw error;
      });

    // Beside the first page, not before it: the account's own figures cost no extra round trip.
    const figures =
      run.expected === null ? client.account.get(account.instagram_id, { ...turn.step(), signal }) : undefined;
    figures?.catch(() => undefined); // awaited below; until then a failure must not count as unheard
    let ahead: Promise<PageToRecord> | undefined;
    try {
      for (;;) {
        const page = await readOrResume(ahead);
        const expected = run.expected ?? (await figures)?.media_count ?? null;
        const cursor = page.after === null ? null : hashOf(page.after);
        if (cursor !== null && seen.has(cursor)) {
          throw new ServiceError('instagram_error', 'Instagram repeated a cursor: its listing has no end');
        }
        const last = page.items.at(-1);
        const next: SyncPosition = {
          after: page.after,
          last: last === undefined ? position.last : { posted_at: last.timestamp, instagram_id: last.instagram_id },
          newest: newestOf(page) ?? position.newest,
          ...nextPageSize(position, page.used.limit),
          fields: page.used.fields,
        };
        // An incremental run usually ends here: reading ahead would spend a call of the account's budget for nothing.
        const unhurried = run.mode === 'full' && paceMs(usage.percent) === 0 && now() + STEP_MS / 10 < turn.deadline;
        ahead = page.after !== null && unhurried ? read(next) : undefined;
        ahead?.catch(() => undefined); // awaited by the next round, or abandoned

        const record = async (runs: SyncRunRepository) =>
          runs.recordPage(turn.lease, turn.leaseSeconds, await page.posts, {
            fetched: page.items.length,
            position: next,
            cursor_seen: cursor,
            expected,
          });
        const complete = page.after === null;
        /** Where the walk may end with this page, that is one transaction with it. */
        const recordAndEnd = () =>
          turn.write(async (runs) => {
            const recorded = await record(runs);
            if (recorded === null) throw new LeaseLost();
            const covered = recorded.mode === 'incremental' && (await isCovered(runs, account.id, page, recorded));
            const ended = complete || covered;
            if (ended) {
              const isOff = expected !== null && recorded.listed !== Math.min(expected, LISTED_AT_MOST);
              const warnings: SyncWarning[] = complete && isOff ? ['count_mismatch'] : [];
              const floor = complete && recorded.listed >= NEAR_THE_CAP ? next.newest : null;
              await runs.finishMedia(turn.lease, { complete, floor, warnings });
            }
            return { ...recorded, ended };
          });
        const { mode, ended } =
          complete || run.mode === 'incremental'
            ? await recordAndEnd()
            : { ...(await turn.writeAtOnce(record)), ended: false };
        await recordUsage(database, account.id, usage);
        const ids = { account_id: account.id, sync_run_id: run.id };
        logger.info('page stored', { event: 'page_stored', ...ids, media: page.items.length });
        if (ended) return;
        run = { ...run, mode, expected };
        position = next;
        if (cursor !== null) seen.add(cursor);
        await keepPace(usage, turn, { now, sleep });
      }
    } finally {
      abandoned.abort();
    }
  };
