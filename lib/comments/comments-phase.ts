import type { DatabasePool } from 'slonik';
import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { InstagramError } from '../instagram/errors.ts';
import { triageMissing } from '../instagram/triage.ts';
import { findOthers, markProbed } from '../posts/mirror.ts';
import type { SyncTurn } from '../sync/advance.ts';
import { keepPace } from '../sync/pace.ts';
import type { SyncRunRow } from '../sync/schema.ts';
import { walkPost } from './walk-post.ts';
import { createWalkRepository, type DuePost } from './walk-repository.ts';

/** Posts whose comments are read side by side. */
const SIDE_BY_SIDE = 4;
const NEIGHBOURS = 3;
/** So many posts refused in a row are no oddities of single posts. */
const REFUSALS_AT_MOST = 3;

/**
 * Brings the comments of every post that is due up to date, newest post first, a few side by side. Where a turn is
 * interrupted the next goes on from the last page of each.
 * @throws {InstagramError | Pause | OutOfTime | LeaseLost | CancelRequested} with everything before stored.
 */
export const createCommentsPhase =
  ({ database, now, sleep }: { database: DatabasePool; now: () => number; sleep: (ms: number) => Promise<void> }) =>
  async (turn: SyncTurn, run: SyncRunRow, connected: ConnectedAccount): Promise<void> => {
    const { account, client, usage } = connected;
    const walks = createWalkRepository(database);
    const pace = () => keepPace(usage, turn, { now, sleep });
    let refusals = 0;

    /** A post whose comments cannot be read: gone with its comments, or passed over until the next run. */
    const passOver = async ({ id, instagram_id }: DuePost, { kind }: InstagramError): Promise<void> => {
      const others = await findOthers(database, { account_id: account.id, id, limit: NEIGHBOURS });
      const neighbourIds = others.map((other) => other.instagram_id);
      const about = { client, account: account.instagram_id, objectId: instagram_id, neighbourIds };
      const gone = kind === 'missing' && (await triageMissing(about, turn.step())) === 'gone';
      await turn.write(async (runs, _, connection) => {
        if (gone) await markProbed(connection, { account_id: account.id, id, gone });
        await createWalkRepository(connection).end({ account_id: account.id, post_id: id, run_id: run.id }, null);
        await runs.recordProgress(turn.lease, gone ? [] : ['comments_withheld']);
      });
    };

    const read = async (post: DuePost, signal: AbortSignal): Promise<void> => {
      try {
        await walkPost({ database, turn, run_id: run.id, connected, post, signal, pace });
        refusals = 0;
      } catch (error) {
        if (!(error instanceof InstagramError) || (error.kind !== 'missing' && error.kind !== 'rejected')) throw error;
        refusals += 1;
        if (error.kind === 'rejected' && refusals >= REFUSALS_AT_MOST) throw error;
        await passOver(post, error);
      }
    };

    for (let after: DuePost | null = null; ; ) {
      const which = { account_id: account.id, run_id: run.id, started_at: run.requested_at };
      const due: readonly DuePost[] = await walks.findDue({ ...which, after, limit: SIDE_BY_SIDE });
      if (due.length === 0) break;
      await allOrNone(due, read);
      after = due.at(-1) ?? null;
      await pace();
    }
    await turn.write((runs) => runs.finishPhase(turn.lease, 'comments'));
  };

/** Works on all side by side; when one fails the others are called off, and only then its failure is thrown. */
const allOrNone = async <Item>(
  items: readonly Item[],
  act: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<void> => {
  const calledOff = new AbortController();
  const failures: unknown[] = [];
  await Promise.all(
    items.map((item) =>
      act(item, calledOff.signal).catch((error: unknown) => {
        failures.push(error);
        calledOff.abort();
      }),
    ),
  );
  if (failures.length > 0) throw failures[0];
};
