import { recordUsage } from '../accounts/usage.ts';
import { createReadClock } from '../database/read-clock.ts';
import type { InstagramClient } from '../instagram/client.ts';
import type { InstagramError } from '../instagram/errors.ts';
import type { CallOptions } from '../instagram/exchange.ts';
import { idsOf, type UnreadableRow } from '../instagram/listing.ts';
import { createPageSize } from '../instagram/page-size.ts';
import { COMMENT_FIELDS_WITH_REPLIES, type CommentInput, type CommentPage } from '../instagram/resources/comments.ts';
import { walk } from '../instagram/walk.ts';
import { stepsOf } from '../sync/index.ts';
import { createCommentMirror } from './mirror-repository.ts';
import { keyOf, type PostWalk } from './post-walk.ts';
import { storeComments } from './store-comments.ts';
import { createWalkRepository } from './walk-repository.ts';

const MAX_RESTARTS = 1;
/** A listing may have twice as many comments as the post states, and so many more. */
const COUNT_TOLERANCE = 10_000;

/** A page, and the database's time before it was read. */
interface DatedPage extends CommentPage {
  read_at: string;
}
type StoredPage = Pick<DatedPage, 'items' | 'unreadable' | 'after' | 'read_at'>;

/** A thread that is not read to its end yet, and the position to continue from. */
interface Unread {
  thread: string;
  from: string | null;
}

const idOf = ({ instagram_id }: CommentInput) => instagram_id;

/** The threads that a page did not bring whole; all of them if Instagram refuses to expand replies. */
const unreadOf = ({ items, used }: CommentPage): Unread[] =>
  items.flatMap(({ instagram_id: thread, replies }): Unread[] => {
    if (!used.fields.includes('replies')) return [{ thread, from: null }];
    return replies?.after ? [{ thread, from: replies.after }] : [];
  });

/** Unreadable rows of a page and of the threads in it: they count as seen. */
const unreadableOf = ({ items, unreadable }: StoredPage): UnreadableRow[] => [
  ...unreadable,
  ...items.flatMap(({ replies }) => replies?.unreadable ?? []),
];

/** Finds out whether Instagram gives comments of a post, by reading one. @throws {InstagramError} as a walk would. */
export const readSome = async (
  { comments }: Pick<InstagramClient, 'comments'>,
  postInstagramId: string,
  options: CallOptions,
): Promise<void> => {
  const pages = walk<CommentPage>(({ after, limit }) => comments.readPage(postInstagramId, { after, limit }, options), {
    call: 'GET {id}/comments',
    idOf,
    size: createPageSize(1),
    bound: 1,
  });
  await pages.next();
  await pages.return();
};

/** When the place is lost, begins again at the top, once. A comment that is read twice is stored once. */
const createFindPlace = () => {
  let restarts = 0;
  return async (lost: InstagramError) => {
    if (restarts >= MAX_RESTARTS) throw lost;
    restarts += 1;
    return 'top' as const;
  };
};

/** Makes the function that stores a page. `advancing`: the listing is complete with it, and the walk continues after it. */
const createStore =
  (about: PostWalk) =>
  async (thread: string | null, page: StoredPage, { advancing = false } = {}): Promise<void> => {
    const { turn, connected } = about;
    const { account, usage } = connected;
    const key = keyOf(about);
    const unreadable = unreadableOf(page);
    await turn.write(async (runs, _, connection) => {
      await storeComments(connection, { ...key, thread, read_at: page.read_at, comments: page.items });
      const seen = { account_id: account.id, run_id: about.run_id, instagram_ids: idsOf(unreadable) };
      if (seen.instagram_ids.length > 0) await createCommentMirror(connection).markSeen(seen);
      if (advancing) await createWalkRepository(connection).advance(key, page.after);
      await recordUsage(connection, account.id, usage);
      await runs.recordProgress(turn.lease, unreadable.length > 0 ? ['rows_unreadable'] : []);
    });
  };

/** Makes the functions that walk the post's comments, and one comment's replies, page by page. */
const createWalks = ({ database, turn, connected: { client }, post, signal, sizes, now }: PostWalk) => {
  const readClock = createReadClock(database, now);
  const dated = async (read: () => Promise<CommentPage>): Promise<DatedPage> => {
    const read_at = await readClock();
    return { ...(await read()), read_at };
  };
  /** The post's count may be old, and leaves out what is hidden from us. */
  const bound = 2 * (post.comments_count ?? 0) + COUNT_TOLERANCE;
  const optionsOf = (from: string | null) => ({ idOf, bound, from, findPlace: createFindPlace() });
  return {
    comments: () =>
      walk<DatedPage>(
        ({ after, limit, previous }) => {
          const fields = previous?.used.fields ?? COMMENT_FIELDS_WITH_REPLIES;
          return dated(() =>
            client.comments.readPage(post.instagram_id, { limit, after, fields }, stepsOf(turn, signal)),
          );
        },
        { call: 'GET {id}/comments', size: sizes.comments, ...optionsOf(post.after) },
      ),
    replies: ({ thread, from }: Unread) =>
      walk<DatedPage>(
        ({ after, limit, previous }) =>
          dated(() =>
            client.comments.readReplies(thread, { limit, after, fields: previous?.used.fields }, stepsOf(turn, signal)),
          ),
        { call: 'GET {id}/replies', size: sizes.replies, ...optionsOf(from) },
      ),
  };
};

/**
 * Reads the comments of a post and all their replies, from the position of the walk on, and stores each page. False after an
 * unreadable row: then the next run reads the comments again.
 * @throws {InstagramError | OutOfTime | LeaseLost | CancelRequested} with everything before stored.
 */
export const readComments = async (about: PostWalk): Promise<boolean> => {
  const { comments, replies } = createWalks(about);
  const store = createStore(about);
  let isWhole = true;
  for await (const page of comments()) {
    isWhole &&= unreadableOf(page).length === 0;
    const unread = unreadOf(page);
    if (unread.length > 0) await store(null, page); // comments are stored before their replies
    for (const one of unread) {
      for await (const more of replies(one)) {
        isWhole &&= unreadableOf(more).length === 0;
        await store(one.thread, more);
      }
    }
    const rest = unread.length > 0 ? { ...page, items: [], unreadable: [] } : page;
    await store(null, rest, { advancing: true });
    if (page.after !== null) await about.pace();
  }
  return isWhole;
};
