import type { DatabasePool } from 'slonik';
import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { recordUsage } from '../accounts/usage.ts';
import { createReadClock, databaseNow } from '../database/read-clock.ts';
import { exchangeError, InstagramError } from '../instagram/errors.ts';
import type { CommentInput, CommentPage } from '../instagram/resources/comments.ts';
import { triageMissing } from '../instagram/triage.ts';
import type { SyncTurn } from '../sync/advance.ts';
import type { SyncWarning } from '../sync/schema.ts';
import { storeComments } from './mirror.ts';
import { createCommentRepository } from './repository.ts';
import { createWalkRepository, type DuePost } from './walk-repository.ts';

const PAGE = 50;
/** Comments of one post asked for by id in one run: three calls each at most. What is left is for the next. */
const PROBES_A_POST = 50;
const NEIGHBOURS = 3;

/** A thread of which more is to be read: from where on. */
interface Unread {
  thread: string;
  from: string | null;
}

/** Threads that a page of comments brought the beginning of at most; all, where Instagram refuses the expansion. */
const unreadOf = ({ items, used }: CommentPage): Unread[] =>
  items.flatMap(({ instagram_id: thread, replies }): Unread[] => {
    if (!used.fields.includes('replies')) return [{ thread, from: null }];
    return replies?.after ? [{ thread, from: replies.after }] : [];
  });

/**
 * Reads the comments of one post with their whole threads, a page a transaction, from where its walk stands. Afterwards
 * whatever the walk did not see is asked for by id, and marked gone when Instagram denies it beyond doubt. Comments of a
 * post that has some by its own count and shows none are withheld, not gone.
 * @throws {InstagramError | OutOfTime | LeaseLost | CancelRequested} with everything before stored.
 */
export const walkPost = async ({
  database,
  turn,
  run_id,
  connected: { account, client, usage },
  post,
  signal,
  pace,
}: {
  database: DatabasePool;
  turn: SyncTurn;
  run_id: number;
  connected: ConnectedAccount;
  post: DuePost;
  signal: AbortSignal;
  /** Holds back before the next call. */
  pace: () => Promise<void>;
}): Promise<void> => {
  const walks = createWalkRepository(database);
  const walk = { account_id: account.id, post_id: post.id, run_id };
  const step = () => ({ ...turn.step(), signal });
  const readClock = createReadClock(database, () => performance.now());

  /** `page`: all of it is stored with this, and the walk goes on after it. */
  const store = (thread: string | null, read_at: string, comments: readonly CommentInput[], page?: CommentPage) =>
    turn.write(async (runs, _, connection) => {
      await storeComments(connection, { ...walk, thread, read_at, comments });
      if (page !== undefined) await createWalkRepository(connection).advance(walk, page.after);
      await recordUsage(connection, account.id, usage);
      await runs.recordProgress(turn.lease);
    });

  const readThread = async ({ thread, from }: Unread): Promise<void> => {
    for (let after = from; ; ) {
      const readAt = await readClock();
      const page = await client.comments.readReplies(thread, { limit: PAGE, after }, step());
      await store(thread, readAt, page.items);
      if (page.after === null) return;
      if (page.after === after) throw repeatedCursor('GET {id}/replies');
      after = page.after;
    }
  };

  const list = async (from: string | null): Promise<void> => {
    for (let after = from; ; ) {
      const readAt = await readClock();
      const page = await client.comments.readPage(post.instagram_id, { limit: PAGE, after, replies: true }, step());
      if (page.after !== null && page.after === after) throw repeatedCursor('GET {id}/comments');
      const unread = unreadOf(page);
      if (unread.length > 0) await store(null, readAt, page.items); // before the replies to them
      for (const thread of unread) await readThread(thread);
      await store(null, readAt, unread.length > 0 ? [] : page.items, page);
      if (page.after === null) return;
      after = page.after;
      await pace();
    }
  };

  /** Asks for each comment that the walk did not see. False where Instagram cannot be believed now, or some are left. */
  const probeMissing = async (): Promise<boolean> => {
    const missing = await walks.findMissing({ ...walk, limit: PROBES_A_POST + 1 });
    if (missing.length === 0) return true;
    const neighbourIds = [...(await walks.findNeighbours({ ...walk, limit: NEIGHBOURS })), post.instagram_id];
    let isSure = missing.length <= PROBES_A_POST;
    for (const { id, instagram_id: objectId } of missing.slice(0, PROBES_A_POST)) {
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
      await createWalkRepository(connection).end(walk, comments_count);
      await runs.recordProgress(turn.lease, warnings);
    });

  await turn.write((_, __, connection) => createWalkRepository(connection).begin(walk));
  if (post.state === 'listing') {
    await list(post.after).catch((lost: unknown) => {
      if (!(lost instanceof InstagramError) || lost.hint !== 'invalid_cursor') throw lost;
      return list(null); // the place is lost: once more from the top, what is seen twice is stored once
    });
  }
  const hasSome = (post.comments_count ?? 0) > 0;
  if (hasSome && (await walks.countSeen(walk)) === 0) throw nothingShown();
  if (await probeMissing()) return await end(post.comments_count);
  await end(null, ['missing_unconfirmed']);
};

const nothingShown = () => exchangeError({ call: 'GET {id}/comments', write: false, failure: 'nothing_shown' });
const repeatedCursor = (call: string) => exchangeError({ call, write: false, failure: 'repeated_cursor' });
