import type { DatabasePool } from 'slonik';
import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { createPageSize } from '../instagram/page-size.ts';
import type { SyncTurn } from '../sync/index.ts';
import type { DuePost } from './walk-repository.ts';

const MAX_PAGE = 50;

/** How many comments, and how many replies, to ask for at a time. */
export const createPageSizes = () => ({ comments: createPageSize(MAX_PAGE), replies: createPageSize(MAX_PAGE) });
export type PageSizes = ReturnType<typeof createPageSizes>;

/** The walk over one post's comments: what its parts share. */
export interface PostWalk {
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
  now: () => number;
}

/** How rows name the walk. */
export const keyOf = ({ connected, post, run_id }: PostWalk) => ({
  account_id: connected.account.id,
  post_id: post.id,
  run_id,
});
