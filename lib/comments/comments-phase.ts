import type { DatabasePool } from 'slonik';
import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { createWithheld } from '../posts/index.ts';
import { createPostByPost, keepPace, type SyncRunRow, type SyncTurn } from '../sync/index.ts';
import { createPageSizes } from './post-walk.ts';
import { readSome } from './read-comments.ts';
import { walkPost } from './walk-post.ts';
import { createWalkRepository, type DuePost } from './walk-repository.ts';

/** Posts whose comments are read at the same time. */
const MAX_AT_ONCE = 4;

/**
 * Brings the comments of every due post up to date, newest post first, a few posts at the same time. If a turn is interrupted,
 * the next one continues after the last stored page of each post. Posts with withheld comments do not fail the run.
 * @throws {InstagramError | Pause | OutOfTime | LeaseLost | CancelRequested} with everything before stored.
 */
export const createCommentsPhase =
  ({ database, now, sleep }: { database: DatabasePool; now: () => number; sleep: (ms: number) => Promise<void> }) =>
  async (turn: SyncTurn, run: SyncRunRow, connected: ConnectedAccount): Promise<void> => {
    const { account, client, usage } = connected;
    const account_id = account.id;
    const walks = createWalkRepository(database);
    const pace = () => keepPace(usage, turn, { now, sleep });
    const sizes = createPageSizes();
    const begun = new Set<number>();

    const bring = async (due: DuePost, signal: AbortSignal): Promise<void> => {
      // A second attempt continues where the first one stopped.
      const place = begun.has(due.id) ? await walks.findPlace({ account_id, post_id: due.id, run_id: run.id }) : null;
      begun.add(due.id);
      const post = { ...due, ...place };
      await walkPost({ database, turn, run_id: run.id, connected, post, signal, sizes, pace, now });
      if (due.was_withheld) await createWithheld(database).clear({ account_id, post_ids: [due.id], what: 'comments' });
    };

    const posts = createPostByPost<DuePost>({
      database,
      turn,
      connected,
      what: 'comments',
      bring,
      read: ({ instagram_id }) => readSome(client, instagram_id, turn.step()),
      pass: (connection, { id }) =>
        createWalkRepository(connection).end({ account_id, post_id: id, run_id: run.id }, null),
      now,
    });

    for (let after: DuePost | null = null; ; ) {
      const which = { account_id, run_id: run.id, started_at: run.requested_at };
      const due: readonly DuePost[] = await walks.findDue({ ...which, after, limit: MAX_AT_ONCE });
      if (due.length === 0) break;
      await posts.work(due);
      after = due.at(-1) ?? null;
      await pace();
    }
    await posts.finish();
    const warnings = await posts.warnings();
    await turn.write((runs) => runs.finishPhase(turn.lease, 'comments', warnings));
  };
