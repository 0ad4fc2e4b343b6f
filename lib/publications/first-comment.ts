import type { DatabasePool } from 'slonik';
import { ensureMayWrite } from '../accounts/standing.ts';
import { textDigest } from '../comments/text.ts';
import { ServiceError } from '../errors.ts';
import { toFailure } from '../failure.ts';
import { type ClientKey, type Fulfil, requestHash } from '../intents/fulfil.ts';
import { findIntentByKey } from '../intents/planned.ts';
import type { FirstComment, PublicationRow } from './schema.ts';

/** It is tried for so long after the publication, and then left. */
const PATIENCE_MS = 24 * 3_600_000;
/** One try may last so long: it sends, and looks what came of it where that is not clear. */
const TRY_MS = 15_000;

/** The key of a publication's first comment. No client is called so: theirs have names. */
const keyOf = ({ id }: PublicationRow): ClientKey => ({ principal: '', key: `publication ${id}: first comment` });

const nowhere: FirstComment = {
  status: 'failed',
  comment_id: null,
  error: { code: 'instagram_error', detail: 'Which media it is for cannot be told', instagram: null },
};

/**
 * Comments on what was just published, once, through an intent of its own: it may be called again for as long as its
 * outcome is `pending`. Best effort: whatever becomes of it, the publication stands.
 */
export const createPostFirstComment =
  ({ database, fulfil, now }: { database: DatabasePool; fulfil: Fulfil; now: () => number }) =>
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
    try {
      const hash = requestHash('firstComment', row.id, text);
      const until = Math.min(now() + TRY_MS, deadline);
      const { answer } = await fulfil({ account_id, key, hash, begin, deadline: until });
      return { status: 'published', comment_id: commentIdOf(answer.body), error: null };
    } catch (error) {
      if (!(error instanceof ServiceError) || error.code === 'database_unavailable') throw error;
      const failure = toFailure(error);
      const intent = await findIntentByKey(database, {
        account_id,
        principal: key.principal,
        idempotency_key: key.key,
      });
      const isFinal = intent?.outcome !== undefined && intent.outcome !== null;
      if (intent?.state === 'abandoned') return { status: 'unknown', comment_id: null, error: failure };
      if (isFinal || (published_age_ms ?? 0) > PATIENCE_MS) {
        return { status: 'failed', comment_id: null, error: failure };
      }
      return { status: 'pending', comment_id: null, error: failure };
    }
  };
export type PostFirstComment = ReturnType<typeof createPostFirstComment>;

const commentIdOf = (body: unknown): number | null => {
  const { id } = (body ?? {}) as { id?: unknown };
  return typeof id === 'number' ? id : null;
};
