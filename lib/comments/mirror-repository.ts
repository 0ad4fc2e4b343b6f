import { type CommonQueryMethods, sql } from 'slonik';
import type { CommentInput } from '../instagram/resources/comments.ts';

/** The `comments` table, as looks and syncs write it. */
export const createMirrorRepository = (database: CommonQueryMethods) => ({
  /**
   * Writes comments of one post, all of one level, in one statement. Distinct and sorted by `instagram_id`: two writers
   * then never wait for each other crosswise. What Instagram leaves out of a known comment stays as it is stored.
   */
  upsert: async ({
    account_id,
    post_id,
    parent_id,
    run_id,
    comments,
  }: {
    account_id: number;
    post_id: number;
    parent_id: number | null;
    run_id: number | null;
    comments: readonly CommentInput[];
  }): Promise<void> => {
    await database.query(sql.unsafe`
      INSERT INTO comments AS stored (
        account_id, id, post_id, parent_id, seen_run_id, instagram_id, text, username, commented_at, like_count, hidden
      )
      SELECT ${account_id}::int8, CASE WHEN had.id IS NULL THEN next_row_id(${account_id}) ELSE had.id END,
        ${post_id}::int8, ${parent_id}::int8, ${run_id}::int8, seen.instagram_id, seen.text, seen.username,
        seen.commented_at, seen.like_count, coalesce(seen.hidden, had.hidden, false)
      FROM ${sql.unnest(
        comments.map(({ instagram_id, text, username, timestamp, like_count, hidden }) => [
          instagram_id,
          text,
          username,
          timestamp,
          like_count,
          hidden,
        ]),
        ['text', 'text', 'text', 'timestamptz', 'int8', 'bool'],
      )} AS seen (instagram_id, text, username, commented_at, like_count, hidden)
      LEFT JOIN comments AS had ON had.account_id = ${account_id} AND had.instagram_id = seen.instagram_id
      ORDER BY seen.instagram_id
      ON CONFLICT (account_id, instagram_id) DO UPDATE SET
        text = excluded.text, username = coalesce(excluded.username, stored.username),
        commented_at = excluded.commented_at, like_count = coalesce(excluded.like_count, stored.like_count),
        hidden = excluded.hidden, gone_at = NULL, seen_run_id = coalesce(excluded.seen_run_id, stored.seen_run_id),
        updated_at = CASE
          WHEN (stored.text, stored.hidden, stored.gone_at) IS DISTINCT FROM (excluded.text, excluded.hidden, NULL)
          THEN clock_timestamp() ELSE stored.updated_at END
    `);
  },
});
