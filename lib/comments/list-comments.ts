import { z } from 'zod';
import type { Page } from '../contract.ts';
import { decodeCursor, filterHash, toPage } from '../pagination.ts';
import type { Post } from '../posts/schema.ts';
import type { CommentRepository } from './repository.ts';
import type { Comment } from './schema.ts';

/** What a cursor of this list may hold: a time as SQL gave it, and an id. */
const POSITION_KEY = [
  z.iso.datetime({ precision: 0 }).refine((time) => !time.startsWith('0000')),
  z.string().regex(/^[1-9][0-9]{0,15}$/),
] as const;

/**
 * Stored comments and replies of a post, newest first, a page at a time; `parent_id` narrows them down to one thread.
 * @throws {ServiceError} `post_not_found`, `invalid_cursor`.
 */
export const createListComments =
  ({ getPost, comments }: { getPost: (id: number) => Promise<Post>; comments: Pick<CommentRepository, 'list'> }) =>
  async ({
    id,
    limit,
    cursor,
    parent_id,
  }: {
    id: number;
    limit: number;
    cursor?: string | undefined;
    parent_id?: number | undefined;
  }): Promise<Page<Comment>> => {
    const { account_id, id: post_id } = await getPost(id);
    const filter = filterHash({ list: 'comments', account_id, post_id, parent_id });
    const position = cursor === undefined ? undefined : decodeCursor(cursor, filter, POSITION_KEY);
    const rows = await comments.list({ account_id, post_id, parent_id, position, limit: limit + 1 });
    const keyOf = ({ timestamp, id: commentId }: Comment) => [timestamp, String(commentId)];
    return toPage(rows, { limit, position, filter, keyOf, toItem: (comment) => comment });
  };
