import { type CommonQueryMethods, type FragmentSqlToken, sql } from 'slonik';
import { z } from 'zod';
import { timestampSchema } from '../contract.ts';
import { type AccountScope, averageAccount } from '../database/account-scope.ts';
import { observedBefore } from '../database/read-clock.ts';
import { selectList } from '../database/select-list.ts';
import type { Position } from '../pagination.ts';
import { GONE_AT } from '../posts/index.ts';
import { type Comment, type CommentRecord, commentRecordSchema, commentRowSchema } from './schema.ts';

const COMMENT = selectList(commentRowSchema, {
  table: 'comments',
  computed: { timestamp: sql.fragment`comments.commented_at AS timestamp` },
});

const keyOf = ({ account_id, id }: { account_id: number; id: number }) =>
  sql.fragment`account_id = ${account_id} AND id = ${id}`;

/**
 * When the comment of a reply was deleted, because Instagram deletes the replies too; null: it was not. The lock lets no
 * deletion happen unnoticed before the reply is stored.
 */
const threadGoneAt = (accountId: number, parentId: number | null) =>
  parentId === null
    ? sql.fragment`NULL::timestamptz`
    : sql.fragment`(SELECT gone_at FROM comments WHERE account_id = ${accountId} AND id = ${parentId} FOR SHARE)`;

const observedAt = (readAt: string | null) => sql.fragment`coalesce(${readAt}::timestamptz, service_now())`;

/** Our own comment, which is on Instagram. Its row gets this `id`, unless it exists already or another row has the id. */
export interface WrittenComment {
  account_id: number;
  id: number;
  post_id: number;
  parent_id: number | null;
  instagram_id: string;
  text: string;
  username: string | null;
  /** Instagram's; null: now. */
  timestamp: string | null;
}

/** A part of another statement: stores a comment that was written just now. Gives a row; none if it is stored already. */
export const storeJustWritten = (account_id: number, comment: Comment): FragmentSqlToken => sql.fragment`
  INSERT INTO comments (
    account_id, id, instagram_id, post_id, parent_id, text, username, commented_at, like_count, hidden, created_at, gone_at,
    observed_at
  ) VALUES (
    ${account_id}, ${comment.id}, ${comment.instagram_id}, ${comment.post_id}, ${comment.parent_id}, ${comment.text},
    ${comment.username}, ${comment.timestamp}, ${comment.like_count}, ${comment.hidden}, ${comment.created_at},
    ${threadGoneAt(account_id, comment.parent_id)}, service_now()
  )
  ON CONFLICT (account_id, instagram_id) DO NOTHING RETURNING id`;

/** One page of a post's comments: up to `limit`, strictly after `position` in its direction. */
export interface CommentQuery {
  account_id: number;
  post_id: number;
  parent_id: number | undefined;
  position: Position | undefined;
  limit: number;
}

/** The `comments` table. `mirror-repository.ts` keeps it in step with Instagram. */
export const createCommentRepository = (database: CommonQueryMethods) => ({
  /** One comment of these accounts, with its thread and its post; or null. */
  find: (scope: AccountScope, id: number): Promise<CommentRecord | null> =>
    database.maybeOne(sql.type(commentRecordSchema)`
      SELECT ${COMMENT}, comments.account_id, comments.gone_at, posts.instagram_id AS post_instagram_id,
        ${GONE_AT} AS post_gone_at, thread.id AS thread_id, thread.instagram_id AS thread_instagram_id,
        thread.gone_at AS thread_gone_at
      FROM comments
      JOIN posts ON posts.account_id = comments.account_id AND posts.id = comments.post_id
      JOIN comments AS thread
        ON thread.account_id = comments.account_id AND thread.id = coalesce(comments.parent_id, comments.id)
      WHERE comments.account_id IN (${scope}) AND comments.id = ${id}
    `),

  /** Newest first. Indexes: `comments_newest_first`, `comments_by_thread`. */
  list: ({ account_id, post_id, parent_id, position, limit }: CommentQuery): Promise<readonly Comment[]> => {
    const [timestamp = '', id = ''] = position?.key ?? [];
    const key = sql.fragment`(${timestamp}::timestamptz, ${id}::int8)`;
    const backwards = position?.direction === 'previous';
    const after = backwards
      ? sql.fragment`AND (commented_at, id) > ${key}`
      : sql.fragment`AND (commented_at, id) < ${key}`;
    return database.any(sql.type(commentRowSchema)`
      SELECT ${COMMENT} FROM comments
      WHERE account_id = ${averageAccount(account_id)} AND post_id = ${post_id} AND gone_at IS NULL
        ${parent_id === undefined ? sql.fragment`` : sql.fragment`AND parent_id = ${parent_id}`}
        ${position === undefined ? sql.fragment`` : after}
      ORDER BY ${backwards ? sql.fragment`commented_at, id` : sql.fragment`commented_at DESC, id DESC`} LIMIT ${limit}
    `);
  },

  /** Stores our own comment, which a sync or a read-back may have stored already. */
  storeWritten: (comment: WrittenComment): Promise<Comment> =>
    database.one(sql.type(commentRowSchema)`
      INSERT INTO comments (
        account_id, id, instagram_id, post_id, parent_id, text, username, commented_at, like_count, gone_at, observed_at
      ) VALUES (
        ${comment.account_id},
        CASE
          WHEN EXISTS (SELECT FROM comments WHERE ${keyOf(comment)}) THEN next_row_id(${comment.account_id})
          ELSE ${comment.id}
        END,
        ${comment.instagram_id}, ${comment.post_id}, ${comment.parent_id}, ${comment.text}, ${comment.username},
        coalesce(${comment.timestamp}::timestamptz, date_trunc('second', service_now())), 0,
        ${threadGoneAt(comment.account_id, comment.parent_id)}, service_now()
      )
      ON CONFLICT (account_id, instagram_id) DO UPDATE SET
        instagram_id = excluded.instagram_id -- changes nothing: whoever stored it has seen it, or its deletion, later
      RETURNING ${COMMENT}
    `),

  /** Those of these comments that are stored and not gone, and when they were stored. */
  findKnown: (
    accountId: number,
    instagramIds: readonly string[],
  ): Promise<readonly { instagram_id: string; created_at: string }[]> =>
    database.any(sql.type(z.strictObject({ instagram_id: z.string(), created_at: timestampSchema }))`
      SELECT instagram_id, created_at FROM comments
      WHERE account_id = ${accountId} AND instagram_id = ANY(${sql.array([...instagramIds], 'text')}) AND gone_at IS NULL
    `),

  /**
   * Up to `limit` comments that are on Instagram as far as we know, as neighbours for a triage: first of the same post, then
   * those of other posts that were stored last.
   */
  findNeighbours: (
    comment: { account_id: number; id: number; post_id: number },
    limit: number,
  ): Promise<readonly string[]> =>
    database.anyFirst(sql.type(z.strictObject({ instagram_id: z.string() }))`
      (
        SELECT instagram_id FROM comments
        WHERE account_id = ${comment.account_id} AND post_id = ${comment.post_id} AND gone_at IS NULL
          AND id <> ${comment.id} AND parent_id IS DISTINCT FROM ${comment.id}
        ORDER BY commented_at DESC, id DESC LIMIT ${limit}
      ) UNION ALL (
        SELECT instagram_id FROM comments
        WHERE account_id = ${comment.account_id} AND post_id <> ${comment.post_id} AND gone_at IS NULL
        ORDER BY id DESC LIMIT ${limit}
      ) LIMIT ${limit}
    `),

  /** `readAt`: the database's time before it was read; null: we have just set it on Instagram. */
  setHidden: async (key: { account_id: number; id: number }, hidden: boolean, readAt: string | null): Promise<void> => {
    await database.query(sql.unsafe`
      UPDATE comments SET hidden = ${hidden}, observed_at = ${observedAt(readAt)},
        updated_at = CASE WHEN hidden = ${hidden} THEN updated_at ELSE service_now() END
      WHERE ${keyOf(key)} AND ${observedBefore(readAt)}
    `);
  },

  /**
   * Marks a comment gone, and then its replies, in the order in which read-backs and syncs write them. Two statements,
   * because the second one sees a reply that was stored while the first one waited. A comment that is marked already keeps
   * its date. `readAt`: the database's time before it was found gone; what was seen later stays. Null: we deleted it.
   */
  markGone: ({ account_id, id }: { account_id: number; id: number }, readAt: string | null): Promise<void> =>
    database.transaction(async (connection) => {
      const mark = (which: ReturnType<typeof sql.fragment>) =>
        connection.query(sql.unsafe`
          UPDATE comments SET gone_at = service_now(), updated_at = service_now(), observed_at = ${observedAt(readAt)}
          WHERE account_id = ${account_id} AND gone_at IS NULL AND ${observedBefore(readAt)} AND id IN (
            SELECT id FROM comments WHERE account_id = ${account_id} AND ${which}
            ORDER BY instagram_id FOR NO KEY UPDATE
          )
        `);
      await mark(sql.fragment`id = ${id}`);
      await mark(sql.fragment`parent_id = ${id}`);
    }),

  /** The same by Instagram's id, without the replies; nothing happens if the comment is not stored. */
  markGoneByInstagramId: async (accountId: number, instagramId: string): Promise<void> => {
    await database.query(sql.unsafe`
      UPDATE comments SET gone_at = service_now(), updated_at = service_now(), observed_at = service_now()
      WHERE account_id = ${accountId} AND instagram_id = ${instagramId} AND gone_at IS NULL
    `);
  },
});
export type CommentRepository = ReturnType<typeof createCommentRepository>;
