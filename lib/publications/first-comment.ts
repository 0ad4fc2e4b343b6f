import type { DatabasePool } from 'slonik';
import { ensureMayWrite } from '../accounts/standing.ts';
import { textDigest } from '../comments/index.ts';
import { ServiceError } from '../errors.ts';
import { type Failure, toFailure } from '../failure.ts';
import { type ClientKey, type Intents, requestHash, type Settled } from '../intents/index.ts';
import type { FirstComment, PublicationRow } from './schema.ts';

/** How long after the publication a comment is still tried. */
const PATIENCE_MS = 24 * 3_600_000;
/** Longest time of one try: it sends, and reads back where the outcome is not clear. */
const TRY_MS = 15_000;

/** The key of the first comment. It cannot be a client's: no client has an empty principal. */
const keyOf = ({ id }: PublicationRow): ClientKey => ({ principal: '', key: `publication ${id}: first comment` });

const withoutComment = (status: FirstComment['status'], error: Failure): FirstComment => ({
  status,
  comment_id: null,
  error,
});
const withoutMedia = withoutComment('failed', {
  code: 'instagram_error',
  detail: 'It is not known which media was published, so it cannot be commented on',
  instagram: null,
});

const toFirstComment = ({ state, outcome }: Settled): FirstComment =>
  'failure' in outcome
    ? withoutComment(state === 'abandoned' ? 'unknown' : 'failed', outcome.failure)
    : { status: 'published', comment_id: commentIdOf(outcome.body), error: null };

/**
 * Comments on what was just published, once, by an intent of its own: it may be called again while the outcome is
 * `pending`. Whatever fails, the publication stays published.
 */
export const createPostFirstComment =
  ({ database, accept, now }: { database: DatabasePool; accept: Intents['accept']; now: () => number }) =>
  async (row: PublicationRow, deadline: number): Promise<FirstComment> => {
    const { account_id, media_id, post_id, first_comment: text, published_age_ms } = row;
    if (media_id === null || post_id === null || text === null) return withoutMedia;
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
