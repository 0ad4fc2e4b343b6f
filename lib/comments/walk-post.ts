import type { DatabasePool } from 'slonik';
import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { recordUsage } from '../accounts/usage.ts';
import { createReadClock, databaseNow } from '../database/read-clock.ts';
import type { InstagramClient } from '../instagram/client.ts';
import { exchangeError, type InstagramError } from '../instagram/errors.ts';
import type { CallOptions } from '../instagram/exchange.ts';
import { idsOf, type UnreadableRow } from '../instagram/listing.ts';
import { createPageSize } from '../instagram/page-size.ts';
import { COMMENT_FIELDS_WITH_REPLIES, type CommentInput, type CommentPage } from '../instagram/resources/comments.ts';
import { triageMissing } from '../instagram/triage.ts';
import { walk } from '../instagram/walk.ts';
import { type SyncTurn, type SyncWarning, stepsOf } from '../sync/index.ts';
import { createCommentMirror } from './mirror-repository.ts';
import { createCommentRepository } from './repository.ts';
import { storeComments } from './store-comments.ts';
import { createWalkRepository, type DuePost } from './walk-repository.ts';

const MAX_PAGE = 50;
/** Triages for one post in one run, of three probes each at most. The next run does the rest. */
const MAX_TRIAGES = 50;
const MAX_NEIGHBOURS = 3;
const MAX_RESTARTS = 1;
/** A listing may have twice as many comments as the post states, and so many more. */
const COUNT_TOLERANCE = 10_000;

/** How many comments, and how many replies, to ask for at a time. */
export const createPageSizes = () => ({ comments: createPageSize(MAX_PAGE), replies: createPageSize(MAX_PAGE) });
export type PageSizes = ReturnType<typeof createPageSizes>;

/** A page, and the database's time before it was read. */
interface DatedPage extends CommentPage {
  read_at: string;
}

/** A thread that is not read to its end yet, and the position to continue from. */
interface Unread {
  thread: string;
  from: string | null;
}

/** The threads that a page did not bring whole; all of them if Instagram refuses to expand replies. */
const unreadOf = ({ items, used }: CommentPage): Unread[] =>
  items.flatMap(({ instagram_id: thread, replies }): Unread[] => {
    if (!used.fields.includes('replies')) return [{ thread, from: null }];
    return replies?.after ? [{ thread, from: replies.after }] : [];
  });

/** Finds out whether Instagram gives comments of a post, by reading one. @throws {InstagramError} as a walk would. */
export const readSome = async (
  { comments }: Pick<InstagramClient, 'comments'>,
  postInstagramId: string,
  options: CallOptions,
): Promise<void> => {
  const pages = walk<CommentPage>(({ after, limit }) => comments.readPage(postInstagramId, { after, limit }, options), {
    call: 'GET {id}/comments',
    idOf: ({ instagram_id }) => instagram_id,
    size: createPageSize(1),
    bound: 1,
  });
  await pages.next();
  await pages.return();
};

/** Unreadable rows of a page and of the threads in it: they count as seen. */
const unreadableOf = ({ items, unreadable }: Pick<CommentPage, 'items' | 'unreadable'>): UnreadableRow[] => [
  ...unreadable,
  ...items.flatMap(({ replies }) => replies?.unreadable ?? []),
];

/**
 * Reads the comments of one post with all their replies, from the position of its walk on, and stores each page in one
 * transaction. Then triages each stored comment that the walk did not see, and marks the gone ones. If the post states that
 * it has comments but shows none, they are withheld, not gone.
 * @throws {InstagramError | OutOfTime | LeaseLost | CancelRequested} with everything before stored.
 */
export const walkPost = async ({
  database,
  turn,
  run_id,
  connected: { account, client, usage },
  post,
  signal,
  sizes,
  pace,
}: {
  database: DatabasePool;
  turn: SyncTurn;
  run_id: number;
  connected: ConnectedAccount;
  post: DuePost;
  signal: AbortSignal;
  /** Shared by the posts of a run. */
  sizes: PageSizes;
  /** Waits before the next call, as the rate limit wants it. */
  pace: () => Promise<void>;
}): Promise<void> => {
  const walks = createWalkRepository(database);
  const key = { account_id: account.id, post_id: post.id, run_id };
  const step = () => ({ ...turn.step(), signal });
  const readClock = createReadClock(database, () => performance.now());
  const dated = async (read: () => Promise<CommentPage>): Promise<DatedPage> => {
    const read_at = await readClock();
    return { ...(await read()), read_at };
  };

  /** False after an unreadable row: then the next run reads the comments again. */
  let isWhole = true;

  /** `advancing`: the page is complete with this, and the walk continues after it. */
  const store = (
    thread: string | null,
    page: Pick<DatedPage, 'items' | 'unreadable' | 'after' | 'read_at'>,
    advancing = false,
  ) =>
    turn.write(async (runs, _, connection) => {
      await storeComments(connection, { ...key, thread, read_at: page.read_at, comments: page.items });
      const unreadable = unreadableOf(page);
      isWhole &&= unreadable.length === 0;
      const seen = { account_id: account.id, run_id, instagram_ids: idsOf(unreadable) };
      if (seen.instagram_ids.length > 0) await createCommentMirror(connection).markSeen(seen);
      if (advancing) await createWalkRepository(connection).advance(key, page.after);
      await recordUsage(connection, account.id, usage);
      await runs.recordProgress(turn.lease, unreadable.length > 0 ? ['rows_unreadable'] : []);
    });

  const idOf = ({ instagram_id }: CommentInput) => instagram_id;
  /** The post's count may be old, and leaves out what is hidden from us. */
  const bound = 2 * (post.comments_count ?? 0) + COUNT_TOLERANCE;
  /** When the place is lost, begins again at the top, once. A comment that is read twice is stored once. */
  const createFindPlace = () => {
    let restarts = 0;
    return async (lost: InstagramError) => {
      if (restarts >= MAX_RESTARTS) throw lost;
      restarts += 1;
      return 'top' as const;
    };
  };

  const readThread = async ({ thread, from }: Unread): Promise<void> => {
    const pages = walk<DatedPage>(
      ({ after, limit, previous }) =>
        dated(() =>
          client.comments.readReplies(thread, { limit, after, fields: previous?.used.fields }, stepsOf(turn, signal)),
        ),
      { call: 'GET {id}/replies', idOf, size: sizes.replies, bound, from, findPlace: createFindPlace() },
    );
    for await (const page of pages) await store(thread, page);
  };

  const list = async (from: string | null): Promise<void> => {
    const pages = walk<DatedPage>(
      ({ after, limit, previous }) => {
        const fields = previous?.used.fields ?? COMMENT_FIELDS_WITH_REPLIES;
        return dated(() =>
          client.comments.readPage(post.instagram_id, { limit, after, fields }, stepsOf(turn, signal)),
        );
      },
      { call: 'GET {id}/comments', idOf, size: sizes.comments, bound, from, findPlace: createFindPlace() },
    );
    for await (const page of pages) {
      const unread = unreadOf(page);
      if (unread.length > 0) await store(null, page); // comments are stored before their replies
      for (const thread of unread) await readThread(thread);
      await store(null, unread.length > 0 ? { ...page, items: [], unreadable: [] } : page, true);
      if (page.after !== null) await pace();
    }
  };

  /** Triages each comment that the walk did not see. False: Instagram cannot be believed now, or some are left. */
  const triageUnseen = async (): Promise<boolean> => {
    const missing = await walks.findMissing({ ...key, limit: MAX_TRIAGES + 1 });
    if (missing.length === 0) return true;
    const neighbourIds = [...(await walks.findNeighbours({ ...key, limit: MAX_NEIGHBOURS })), post.instagram_id];
    let isSure = missing.length <= MAX_TRIAGES;
    for (const { id, instagram_id: objectId } of missing.slice(0, MAX_TRIAGES)) {
      const readAt = await databaseNow(database);
      const verdict = await triageMissing({ client, account: account.instagram_id, objectId, neighbourIds }, step());
      if (verdict === 'outage' || verdict === 'account_unreadable') return false;
      if (verdict === 'unclear') isSure = false;
      if (verdict !== 'gone') continue;
      await turn.write(async (runs, _, connection) => {
        await createCommentRepository(connection).markGone({ account_id: account.id, id }, readAt);
        await runs.recordProgress(turn.lease);
      });
      await pace();
    }
    return isSure;
  };

  const end = (comments_count: number | null, warnings: readonly SyncWarning[] = []) =>
    turn.write(async (runs, _, connection) => {
      await createWalkRepository(connection).end(key, comments_count);
      await runs.recordProgress(turn.lease, warnings);
    });

  await turn.write((_, __, connection) => createWalkRepository(connection).begin(key));
  if (post.state === 'listing') await list(post.after);
  const hasSome = (post.comments_count ?? 0) > 0;
  if (hasSome && isWhole && (await walks.countSeen(key)) === 0) throw nothingShown();
  if (await triageUnseen()) return await end(isWhole ? post.comments_count : null);
  await end(null, ['missing_unconfirmed']);
};

const nothingShown = () => exchangeError({ call: 'GET {id}/comments', write: false, failure: 'nothing_shown' });
