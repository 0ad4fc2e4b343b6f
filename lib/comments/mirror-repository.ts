import { type CommonQueryMethods, type FragmentSqlToken, type IdentifierSqlToken, sql } from 'slonik';
import type { CommentInput } from '../instagram/resources/comments.ts';

/** A comment as Instagram gave it. `thread`: the Instagram id of the comment it replies to; null: it is top-level. */
export type SeenComment = Omit<CommentInput, 'replies'> & { thread: string | null };

const column = (table: 'stored' | 'excluded', name: string) => sql.identifier([table, name]);
/** True of a stored row that knows nothing newer than this write. */
const isNewer = sql.fragment`(stored.observed_at IS NULL OR stored.observed_at < excluded.observed_at)`;
/** The value of a column after this write. */
const newest = (name: string, written: FragmentSqlToken | IdentifierSqlToken = column('excluded', name)) =>
  sql.fragment`CASE WHEN ${isNewer} THEN ${written} ELSE ${column('stored', name)} END`;
const orStored = (name: string) => sql.fragment`coalesce(${column('excluded', name)}, ${column('stored', name)})`;

/** The `comments` table, as syncs and read-backs keep it in step with Instagram. */
export const createCommentMirror = (connection: CommonQueryMethods) => ({
  /**
   * Writes comments of one post in one statement: all top-level, or all replies. Replies whose comment is not stored are
   * left out. `comments` are distinct and sorted by `instagram_id`: two writers that lock rows in the same order cannot
   * deadlock. A value that Instagram leaves out stays as it is stored, and so does a comment of which something newer than
   * `read_at` is known. A new reply to a deleted comment is stored as gone: Instagram deletes replies with their comment.
   */
  upsert: async ({
    account_id,
    post_id,
    run_id,
    read_at,
    comments,
  }: {
    account_id: number;
    post_id: number;
    run_id: number | null;
    read_at: string | null;
    comments: readonly SeenComment[];
  }): Promise<void> => {
    await connection.query(sql.unsafe`
      INSERT INTO comments AS stored (
        account_id, id, post_id, parent_id, seen_run_id, instagram_id, text, username, commented_at, like_count, hidden,
        observed_at, gone_at
      )
      SELECT ${account_id}::int8, CASE WHEN had.id IS NULL THEN next_row_id(${account_id}) ELSE had.id END,
        ${post_id}::int8, parent.id, ${run_id}::int8, seen.instagram_id, seen.text, seen.username,
        seen.commented_at, seen.like_count, coalesce(seen.hidden, had.hidden, false),
        coalesce(${read_at}::timestamptz, service_now()),
        CASE WHEN had.id IS NULL THEN ( -- locked, so that a deletion at the same time is not missed
          SELECT gone_at FROM comments AS thread
          WHERE thread.account_id = ${account_id} AND thread.id = parent.id FOR SHARE
        ) END
      FROM ${sql.unnest(
        comments.map(({ instagram_id, thread, text, username, timestamp, like_count, hidden }) => [
          instagram_id,
          thread,
          text,
          username,
          timestamp,
          like_count,
          hidden,
        ]),
        ['text', 'text', 'text', 'text', 'timestamptz', 'int8', 'bool'],
      )} AS seen (instagram_id, thread, text, username, commented_at, like_count, hidden)
      LEFT JOIN comments AS had ON had.account_id = ${account_id} AND had.instagram_id = seen.instagram_id
      LEFT JOIN comments AS parent ON parent.account_id = ${account_id} AND parent.instagram_id = seen.thread
      WHERE seen.thread IS NULL OR parent.id IS NOT NULL
      ORDER BY seen.instagram_id
      ON CONFLICT (account_id, instagram_id) DO UPDATE SET
        text = ${newest('text')}, username = ${newest('username', orStored('username'))},
        commented_at = ${newest('commented_at')}, like_count = ${newest('like_count', orStored('like_count'))},
        hidden = ${newest('hidden')}, gone_at = ${newest('gone_at', sql.fragment`NULL`)},
        seen_run_id = coalesce(excluded.seen_run_id, stored.seen_run_id), observed_at = ${newest('observed_at')},
        updated_at = CASE
          WHEN ${isNewer} AND (stored.text, stored.hidden, stored.gone_at) IS DISTINCT FROM (excluded.text, excluded.hidden, NULL)
          THEN service_now() ELSE stored.updated_at END
    `);
  },

  /** Notes that this run saw comments of whose rows only the id could be read: they are on Instagram, and stay as stored. */
  markSeen: async ({
    account_id,
    run_id,
    instagram_ids,
  }: {
    account_id: number;
    run_id: number;
    instagram_ids: readonly string[];
  }): Promise<void> => {
    await connection.query(sql.unsafe`
      UPDATE comments SET
        seen_run_id = ${run_id}, gone_at = NULL,
        updated_at = CASE WHEN gone_at IS NULL THEN updated_at ELSE service_now() END
      WHERE account_id = ${account_id} AND instagram_id = ANY(${sql.array([...instagram_ids], 'text')})
    `);
  },
});
