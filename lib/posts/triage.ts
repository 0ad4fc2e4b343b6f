import type { DatabasePool } from 'slonik';
import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { databaseNow } from '../database/read-clock.ts';
import { ServiceError } from '../errors.ts';
import { InstagramError } from '../instagram/errors.ts';
import { triageMissing } from '../instagram/triage.ts';
import { createPostMirror } from './mirror-repository.ts';

const MAX_NEIGHBOURS = 3;

/** The post is stored here, but is no longer on Instagram. */
export const mediaGone = () => new ServiceError('media_gone', 'The post is no longer on Instagram');

/**
 * Whether a triage finds an object gone that Instagram denies (100/33). False also when Instagram does not let us tell now.
 * Asks anew every time.
 */
export const isGoneBeyondDoubt = async (
  { account, client }: ConnectedAccount,
  objectId: string,
  neighbourIds: readonly string[],
  options: { deadline: number },
): Promise<boolean> => {
  try {
    const about = { client, account: account.instagram_id, objectId, neighbourIds };
    return (await triageMissing(about, options)) === 'gone';
  } catch (error) {
    if (error instanceof InstagramError) return false;
    throw error;
  }
};

/** Triage of a post that Instagram denies (100/33), which alone proves nothing. True: it is gone, and marked so. */
export const createPostTriage =
  ({ database }: { database: DatabasePool }) =>
  async (
    connected: ConnectedAccount,
    { account_id, id, instagram_id }: { account_id: number; id: number; instagram_id: string },
    options: { deadline: number },
  ): Promise<boolean> => {
    const mirror = createPostMirror(database);
    const neighbours = await mirror.findOthers({ account_id, id, limit: MAX_NEIGHBOURS });
    const ids = neighbours.map((neighbour) => neighbour.instagram_id);
    const read_at = await databaseNow(database);
    const gone = await isGoneBeyondDoubt(connected, instagram_id, ids, options);
    if (gone) await mirror.markProbed({ account_id, id, gone, read_at });
    return gone;
  };
