import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DatabasePool } from 'slonik';
import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { createReadClock, type ReadClock } from '../database/read-clock.ts';
import type { CallLimits } from '../instagram/exchange.ts';
import { createPageSize, type PageSize } from '../instagram/page-size.ts';
import { ALL_MEDIA_FIELDS, type MediaPage, type MediaPageRequest } from '../instagram/resources/media.ts';
import { type WalkOptions, walk } from '../instagram/walk.ts';
import { createPostMirror, pageStatement } from '../posts/index.ts';
import { STEP_MS } from '../wake-ups/turn.ts';
import type { SyncTurn } from './advance.ts';
import { keepPace, paceMs } from './pace.ts';
import { createMediaRecorder, MAX_LISTED, type PageToRecord } from './record-media.ts';
import { mayRecord } from './repository.ts';
import type { SyncPosition, SyncRunRow } from './schema.ts';
import { stepsOf } from './steps.ts';

const MAX_PAGE = 100;
const MAX_RESTARTS = 2;
/** No account lists more: there is room for what is posted meanwhile, and for a higher limit of Instagram's. */
const MAX_MEDIA = 2 * MAX_LISTED;

const TOP: SyncPosition = {
  after: null,
  last: null,
  newest: null,
  limit: MAX_PAGE,
  steady: 0,
  fields: ALL_MEDIA_FIELDS,
};

/** Of all its items, as the order within a page is not guaranteed. */
const newestOf = ({ items }: MediaPage): string | null =>
  items.reduce<string | null>(
    (newest, { timestamp }) => (newest === null || timestamp > newest ? timestamp : newest),
    null,
  );

/** The position from which the walk continues after `page`. */
const positionAfter = (page: MediaPage, { limit, steady }: PageSize, before: SyncPosition): SyncPosition => {
  const last = page.items.at(-1);
  return {
    after: page.after,
    last: last === undefined ? before.last : { posted_at: last.timestamp, instagram_id: last.instagram_id },
    newest: newestOf(page) ?? before.newest,
    limit,
    steady,
    fields: page.used.fields,
  };
};

/**
 * Waits until the request for the next page is written, which takes `fetch` two rounds of the event loop. Work that keeps the
 * processor busy comes after it: each millisecond by which a request is late makes the walk longer.
 */
const requestIsWritten = async (): Promise<void> => {
  await nextTurn();
  await nextTurn();
};

/** Reads pages of a run's media. The statement that will store a page is built while the next one is read. */
const createPageReader =
  (run: SyncRunRow, { account, client }: ConnectedAccount, readClock: ReadClock) =>
  async (asked: MediaPageRequest, limits: CallLimits): Promise<PageToRecord> => {
    const read_at = await readClock();
    const page = await client.media.readPage(account.instagram_id, asked, limits);
    const prepare = async () => {
      await requestIsWritten();
      const { items: media, used } = page;
      return pageStatement({ account_id: account.id, run_id: run.id, read_at, media, fields: used.fields }, mayRecord);
    };
    const posts = prepare();
    posts.catch(() => undefined); // thrown where the page is recorded
    return { ...page, posts };
  };

/**
 * Walks the account's media from the run's position on, and stores each page in one transaction while the next page is read.
 * At the end the phase is recorded as done.
 * @throws {InstagramError | Pause | OutOfTime | LeaseLost | CancelRequested} with every page before stored.
 */
export const createMediaPhase =
  ({ database, now, sleep }: { database: DatabasePool; now: () => number; sleep: (ms: number) => Promise<void> }) =>
  async (turn: SyncTurn, start: SyncRunRow, connected: ConnectedAccount): Promise<void> => {
    const { account, client, usage } = connected;
    let run = start;
    let position = run.position ?? TOP;
    const size = createPageSize(MAX_PAGE, position);
    const read = createPageReader(run, connected, createReadClock(database, now));
    const record = createMediaRecorder({ database, turn, connected });
    const left = new AbortController();

    /** Looks by the time of the last item. If that page overlaps with what the run has seen, continues there; else at the top. */
    const findPlace: WalkOptions<PageToRecord>['findPlace'] = async (lost) => {
      if (position.last !== null) {
        const until = Math.ceil(Date.parse(position.last.posted_at) / 1_000) + 1;
        const asked = { after: null, until, limit: size.limit, fields: position.fields };
        const page = await read(asked, stepsOf(turn, left.signal));
        const instagram_ids = page.items.map((item) => item.instagram_id);
        const seen = { account_id: account.id, run_id: run.id, instagram_ids };
        if (await createPostMirror(database).seenInRun(seen)) return page;
      }
      if (run.restarts >= MAX_RESTARTS) throw lost;
      const restarts = run.restarts + 1;
      await turn.write((runs) => runs.restartMedia(turn.lease, { restarts }));
      run = { ...run, restarts };
      position = { ...position, after: null, last: null };
      return 'top';
    };

    const pages = walk<PageToRecord>(
      ({ after, limit, previous }, signal) =>
        read({ after, limit, fields: previous?.used.fields ?? position.fields }, stepsOf(turn, signal)),
      {
        call: 'GET {id}/media',
        idOf: ({ instagram_id }) => instagram_id,
        size,
        bound: MAX_MEDIA,
        from: position.after,
        before: { followed: run.cursors_seen, items: position.after === null ? 0 : countSeen(run) },
        // An incremental run usually ends with this page: reading ahead would waste a call of the account's limit.
        readsAhead: () => run.mode === 'full' && paceMs(usage.percent) === 0 && now() + STEP_MS / 10 < turn.deadline,
        findPlace,
      },
    );
    // At the same time as the first page, so that the account's own count costs no extra round trip.
    const ownAccount =
      run.expected === null
        ? client.account.get(account.instagram_id, { ...turn.step(), signal: left.signal })
        : undefined;
    ownAccount?.catch(() => undefined); // awaited below; a failure before that must not end the process as unhandled
    try {
      for await (const page of pages) {
        const expected = run.expected ?? (await ownAccount)?.media_count ?? null;
        position = positionAfter(page, size, position);
        const { mode, ended } = await record(run, page, { position, expected });
        if (ended) return;
        run = { ...run, mode, expected };
        await keepPace(usage, turn, { now, sleep });
      }
    } finally {
      left.abort();
    }
  };

/** Media that the run has listed so far. */
const countSeen = ({ created, updated, unchanged }: SyncRunRow): number => created + updated + unchanged;
