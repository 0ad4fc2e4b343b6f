import { exchangeError } from '../instagram/errors.ts';
import type { SyncWarning } from '../sync/index.ts';
import { keyOf, type PostWalk } from './post-walk.ts';
import { readComments } from './read-comments.ts';
import { triageUnseen } from './triage-unseen.ts';
import { createWalkRepository } from './walk-repository.ts';

/**
 * Reads the comments of one post with all their replies, from the position of its walk on, and stores each page in one
 * transaction. Then triages each stored comment that the walk did not see, and marks the gone ones. If the post states that
 * it has comments but shows none, they are withheld, not gone.
 * @throws {InstagramError | OutOfTime | LeaseLost | CancelRequested} with everything before stored.
 */
export const walkPost = async (about: PostWalk): Promise<void> => {
  const { database, turn, post } = about;
  const key = keyOf(about);
  const end = (comments_count: number | null, warnings: readonly SyncWarning[] = []) =>
    turn.write(async (runs, _, connection) => {
      await createWalkRepository(connection).end(key, comments_count);
      await runs.recordProgress(turn.lease, warnings);
    });

  await turn.write((_, __, connection) => createWalkRepository(connection).begin(key));
  const isWhole = post.state === 'listing' ? await readComments(about) : true;
  const hasSome = (post.comments_count ?? 0) > 0;
  if (hasSome && isWhole && (await createWalkRepository(database).countSeen(key)) === 0) throw nothingShown();
  if (await triageUnseen(about)) return await end(isWhole ? post.comments_count : null);
  await end(null, ['missing_unconfirmed']);
};

const nothingShown = () => exchangeError({ call: 'GET {id}/comments', write: false, failure: 'nothing_shown' });
