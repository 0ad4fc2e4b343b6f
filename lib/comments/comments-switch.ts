import type { DatabasePool } from 'slonik';
import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { recordStanding } from '../accounts/standing.ts';
import { databaseNow } from '../database/read-clock.ts';
import { InstagramError } from '../instagram/errors.ts';
import { createPostMirror } from '../posts/index.ts';

/**
 * Asks Instagram whether comments on a post are switched off now, because the owner may have switched them in the app. Stores
 * the answer. False when Instagram does not tell.
 */
export const createAreCommentsOff =
  ({ database }: { database: DatabasePool }) =>
  async (
    { account, client }: ConnectedAccount,
    { account_id, id, instagram_id }: { account_id: number; id: number; instagram_id: string },
    options: { deadline: number },
  ): Promise<boolean> => {
    const read_at = await databaseNow(database);
    try {
      const { comments_enabled: enabled } = await client.media.get(instagram_id, options);
      if (enabled !== null) await createPostMirror(database).setCommentsEnabled({ account_id, id, enabled, read_at });
      return enabled === false;
    } catch (error) {
      if (!(error instanceof InstagramError)) throw error;
      await recordStanding(database, account, error);
      return false;
    }
  };
export type AreCommentsOff = ReturnType<typeof createAreCommentsOff>;
