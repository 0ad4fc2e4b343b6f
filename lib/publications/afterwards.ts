import type { CommonQueryMethods } from 'slonik';
import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { databaseNow } from '../database/read-clock.ts';
import { InstagramError } from '../instagram/errors.ts';
import { storePage } from '../posts/index.ts';
import { Pause } from '../wake-ups/interruption.ts';
import type { PublicationTurn } from './advance.ts';
import type { PostFirstComment } from './first-comment.ts';
import type { PublicationRow } from './schema.ts';

/** Turns in which Instagram would not show what was just published; a sync will find it. */
const READS_AT_MOST = 4;
/** Between two tries to comment first, in seconds; and until then at least. */
const COMMENT_FIRST_SECONDS = 15;
const COMMENT_LONGEST_SECONDS = 3_600;

/**
 * What is left to do about what was published: reads its post from Instagram, and comments on it first where that is
 * wanted. Nothing of it makes the publication any less published.
 * @throws {Pause | InstagramError | LeaseLost | OutOfTime} when there is more to do later.
 */
export const createAfterwards = ({
  database,
  postFirstComment,
}: {
  database: CommonQueryMethods;
  postFirstComment: PostFirstComment;
}) => {
  const mirror = async (turn: PublicationTurn, row: PublicationRow, { account, client }: ConnectedAccount) => {
    const { media_id, attempts } = row;
    const read = async (id: string) =>
      await client.media.get(id, turn.step()).catch((error: unknown) => {
        if (!(error instanceof InstagramError) || attempts < READS_AT_MOST) throw error;
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

  /** The longer ago it was published, the more rarely. */
  const commentDelaySeconds = ({ published_age_ms }: PublicationRow): number => {
    const elapsedSeconds = (published_age_ms ?? 0) / 1_000;
    return Math.min(Math.max(COMMENT_FIRST_SECONDS, elapsedSeconds / 2), COMMENT_LONGEST_SECONDS);
  };

  return async (turn: PublicationTurn, row: PublicationRow, connected: ConnectedAccount): Promise<void> => {
    if (!row.mirrored) await mirror(turn, row, connected);
    if (row.first_comment !== null && (row.comment === null || row.comment.status === 'pending')) {
      const comment = await postFirstComment(row, turn.step().deadline);
      await turn.write((rows) => rows.recordComment(turn.lease, comment));
      if (comment.status === 'pending') throw new Pause(commentDelaySeconds(row), { reason: 'planned' });
    }
    await turn.write((rows) => rows.rest(turn.lease));
  };
};
