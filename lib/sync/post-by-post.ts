import type { DatabasePool, DatabaseTransactionConnection } from 'slonik';
import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { databaseNow } from '../database/read-clock.ts';
import type { InstagramError } from '../instagram/errors.ts';
import { triageMissing } from '../instagram/triage.ts';
import { logger } from '../logger.ts';
import { type ControlPost, createPostMirror, createWithheld, type PostRef } from '../posts/index.ts';
import type { SyncTurn } from './advance.ts';
import { createObjectByObject } from './object-by-object.ts';
import type { SyncWarning } from './schema.ts';

const MAX_NEIGHBOURS = 3;
const MAX_CONTROLS = 3;
/** Progress is told after so many posts: as often as of media, which come a hundred to a page. */
const TOLD_AFTER = 100;

type What = 'comments' | 'insights';
const WARNINGS = {
  comments: 'comments_withheld',
  insights: 'insights_withheld',
} as const satisfies Record<What, SyncWarning>;

/**
 * Brings comments or figures of an account's posts up to date, so that a fault of one post does not stop the others. What
 * Instagram gives of other posts, but not of this one, is noted as withheld and asked for again later. A gone post is marked.
 */
export const createPostByPost = <Post extends PostRef>({
  database,
  turn,
  connected: { account, client },
  what,
  bring,
  read,
  pass = async () => undefined,
  now,
}: {
  database: DatabasePool;
  turn: SyncTurn;
  connected: ConnectedAccount;
  what: What;
  bring: (post: Post, signal: AbortSignal) => Promise<void>;
  /** Asks Instagram for the same of another post. */
  read: (post: ControlPost | Post) => Promise<unknown>;
  /** What else to store when a post is passed over. */
  pass?: (connection: DatabaseTransactionConnection, post: Post) => Promise<void>;
  now: () => number;
}) => {
  const account_id = account.id;
  const withheld = createWithheld(database);

  /** Whether a triage finds a post gone that Instagram denies. */
  const isGone = async ({ id, instagram_id: objectId }: Post): Promise<boolean> => {
    const others = await createPostMirror(database).findOthers({ account_id, id, limit: MAX_NEIGHBOURS });
    const neighbourIds = others.map((other) => other.instagram_id);
    const about = { client, account: account.instagram_id, objectId, neighbourIds };
    return (await triageMissing(about, turn.step())) === 'gone';
  };

  const passOver = async (post: Post, error: InstagramError): Promise<void> => {
    const read_at = await databaseNow(database);
    const gone = error.kind === 'missing' && (await isGone(post));
    await turn.write(async (runs, _, connection) => {
      if (gone) await createPostMirror(connection).markProbed({ account_id, id: post.id, gone, read_at });
      else await createWithheld(connection).note({ account_id, post_id: post.id, what }, error);
      await pass(connection, post);
      await runs.recordProgress(turn.lease);
    });
  };

  const { work, finish } = createObjectByObject<Post, ControlPost | Post>({
    bring,
    read,
    findControls: (posts) =>
      withheld.findControls({ account_id, what, except: posts.map(({ id }) => id), limit: MAX_CONTROLS }),
    readAccount: () => client.account.get(account.instagram_id, turn.step()),
    passOver,
    deadline: turn.deadline,
    now,
  });

  let visited = 0;
  const tell = (): void => {
    if (visited === 0) return;
    const ids = { account_id, sync_run_id: turn.lease.id };
    logger.info('posts visited', { event: 'posts_visited', ...ids, what, posts: visited });
    visited = 0;
  };

  return {
    work: async (posts: readonly Post[]): Promise<void> => {
      await work(posts);
      visited += posts.length;
      if (visited >= TOLD_AFTER) tell();
    },
    finish: async (): Promise<void> => {
      await finish();
      tell();
    },
    /** The run's warning when anything is withheld, found out in this run or before. */
    warnings: async (): Promise<SyncWarning[]> =>
      (await withheld.exists({ account_id, what })) ? [WARNINGS[what]] : [],
  };
};
