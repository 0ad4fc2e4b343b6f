import type { CommonQueryMethods } from 'slonik';
import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { recordStanding } from '../accounts/standing.ts';
import { databaseNow } from '../database/read-clock.ts';
import { InstagramError } from '../instagram/errors.ts';
import { storePage } from '../posts/index.ts';
import { Pause } from '../wake-ups/interruption.ts';
import type { PostFirstComment } from './first-comment.ts';
import type { PublicationRow } from './schema.ts';
import type { PublicationTurn } from './turn.ts';

/** Turns in which Instagram may fail to show the new post; then the post is left to the next sync. */
const MAX_READS = 4;
/** Shortest and longest time between two tries to comment. */
const MIN_COMMENT_DELAY_SECONDS = 15;
const MAX_COMMENT_DELAY_SECONDS = 3_600;

/**
 * The follow-up work of a publication: reads its post from Instagram, and writes the first comment where one is wanted.
 * Whatever fails here, it stays published.
 * @throws {Pause | InstagramError | LeaseLost | OutOfTime} when there is more to do later.
 */
export const createFollowUp = ({
  database,
  postFirstComment,
}: {
  database: CommonQueryMethods;
  postFirstComment: PostFirstComment;
}) => {
  const mirror = async (turn: PublicationTurn, row: PublicationRow, { account, client }: ConnectedAccount) => {
    const { media_id, attempts } = row;
    const read = async (id: string) =>
      await client.media.get(id, turn.step()).catch(async (error: unknown) => {
        if (!(error instanceof InstagramError) || attempts < MAX_READS) throw error;
        await recordStanding(database, account, error);
        return null;
      });
    const read_at = await databaseNow(database);
    const media = media_id === null ? null : await read(media_id);
    await turn.write(async (rows, _, connection) => {
      if (media !== null)
        await storePage(connection, { account_id: account.id, run_id: null, read_at, media: [media] });
      await rows.markMirrored(turn.lease, { permalink: media?.permalink ?? null });
    });
  };

  /** Half of the time since it was published: tries become rarer. */
  const commentDelaySeconds = ({ published_age_ms }: PublicationRow): number => {
    const elapsedSeconds = (published_age_ms ?? 0) / 1_000;
    return Math.min(Math.max(MIN_COMMENT_DELAY_SECONDS, elapsedSeconds / 2), MAX_COMMENT_DELAY_SECONDS);
  };

  return async (turn: PublicationTurn, row: PublicationRow, connected: ConnectedAccount): Promise<void> => {
    if (!row.mirrored) await mirror(turn, row, connected);
    if (row.first_comment !== null && (row.comment === null || row.comment.status === 'pending')) {
      const comment = await postFirstComment(row, turn.step().deadline);
      await turn.write((rows) => rows.recordComment(turn.lease, comment));
      if (comment.status === 'pending') throw new Pause(commentDelaySeconds(row), { reason: 'planned' });
    }
    await turn.write((rows) => rows.close(turn.lease));
  };
};
