import type { DatabasePool } from 'slonik';
import { ensureMayWrite } from '../accounts/standing.ts';
import { textDigest } from '../comments/index.ts';
import { ServiceError } from '../errors.ts';
import { type Failure, toFailure } from '../failure.ts';
import { type ClientKey, type Intents, requestHash, type Settled } from '../intents/index.ts';
import type { FirstComment, PublicationRow } from './schema.ts';

/** It is tried for so long after the publication, and then left. */
const PATIENCE_MS = 24 * 3_600_000;
/** One try may last so long: it sends, and reads back what came of it where that is not clear. */
const TRY_MS = 15_000;

/** The key of a publication's first comment. No client is called so: theirs have names. */
const keyOf = ({ id }: PublicationRow): ClientKey => ({ principal: '', key: `publication ${id}: first comment` });

const withoutComment = (status: FirstComment['status'], error: Failure): FirstComment => ({
  status,
  comment_id: null,
  error,
});
const nowhere = withoutComment('failed', {
  code: 'instagram_error',
  detail: 'Which media it is for cannot be told',
  instagram: null,
});

const toFirstComment = ({ state, outcome }: Settled): FirstComment =>
  'failure' in outcome
    ? withoutComment(state === 'abandoned' ? 'unknown' : 'failed', outcome.failure)
    : { status: 'published', comment_id: commentIdOf(outcome.body), error: null };

/**
 * Comments on what was just published, once, through an intent of its own: it may be called again for as long as its
 * outcome is `pending`. Best effort: whatever becomes of it, the publication stands.
 */
export const createPostFirstComment =
  ({ database, accept, now }: { database: DatabasePool; accept: Intents['accept']; now: () => number }) =>
  async (row: PublicationRow, deadline: number): Promise<FirstComment> => {
    const { account_id, media_id, post_id, first_comment: text, published_age_ms } = row;
    if (media_id === null || post_id === null || text === null) return nowhere;
    const key = keyOf(row);
    const begin = async () => {
      await ensureMayWrite(database, account_id);
      return {
        kind: 'comment',
        target_id: media_id,
        post_id,
        parent_id: null,
        text,
        text_digest: textDigest(text),
      };
    };
    const hash = requestHash('firstComment', row.id, text);
    const until = Math.min(now() + TRY_MS, deadline);
    try {
      return toFirstComment(await accept({ account_id, key, hash, begin, deadline: until }));
    } catch (error) {
      if (!(error instanceof ServiceError) || error.code === 'database_unavailable') throw error;
      const isOver = (published_age_ms ?? 0) > PATIENCE_MS;
      return withoutComment(isOver ? 'failed' : 'pending', toFailure(error));
    }
  };
export type PostFirstComment = ReturnType<typeof createPostFirstComment>;

const commentIdOf = (body: unknown): number | null => {
  const { id } = (body ?? {}) as { id?: unknown };
  return typeof id === 'number' ? id : null;
};
