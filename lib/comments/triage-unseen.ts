import { databaseNow } from '../database/read-clock.ts';
import { triageMissing } from '../instagram/triage.ts';
import { keyOf, type PostWalk } from './post-walk.ts';
import { createCommentRepository } from './repository.ts';
import { createWalkRepository } from './walk-repository.ts';

/** Triages for one post in one run, of three probes each at most. The next run does the rest. */
const MAX_TRIAGES = 50;
const MAX_NEIGHBOURS = 3;

/** Triages each comment that the walk did not see. False: Instagram cannot be believed now, or some are left. */
export const triageUnseen = async (about: PostWalk): Promise<boolean> => {
  const { database, turn, signal, pace, post } = about;
  const { account, client } = about.connected;
  const walks = createWalkRepository(database);
  const key = keyOf(about);
  const missing = await walks.findMissing({ ...key, limit: MAX_TRIAGES + 1 });
  if (missing.length === 0) return true;
  const neighbourIds = [...(await walks.findNeighbours({ ...key, limit: MAX_NEIGHBOURS })), post.instagram_id];
  let isSure = missing.length <= MAX_TRIAGES;
  for (const { id, instagram_id: objectId } of missing.slice(0, MAX_TRIAGES)) {
    const readAt = await databaseNow(database);
    const of = { client, account: account.instagram_id, objectId, neighbourIds };
    const verdict = await triageMissing(of, { ...turn.step(), signal });
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
