import type { Page } from '../contract.ts';
import type { AccountScope } from '../database/account-scope.ts';
import { decodeCursor, filterHash, TIME_AND_ID, toPage } from '../pagination.ts';
import type { Post } from '../posts/schema.ts';
import type { CommentRepository } from './repository.ts';
import type { Comment } from './schema.ts';

/**
 * Lists stored comments and replies of a post, newest first, one page at a time. `parent_id`: only the replies to it.
 * @throws {ServiceError} `post_not_found`, `invalid_cursor`.
 */
export const createListComments =
  ({
    getPost,
    comments,
  }: {
    getPost: (scope: AccountScope, id: number) => Promise<Post>;
    comments: Pick<CommentRepository, 'list'>;
  }) =>
  async ({
    scope,
    id,
    limit,
    cursor,
    parent_id,
  }: {
    scope: AccountScope;
    id: number;
    limit: number;
    cursor?: string | undefined;
    parent_id?: number | undefined;
  }): Promise<Page<Comment>> => {
    const { account_id, id: post_id } = await getPost(scope, id);
    const filter = filterHash({ list: 'comments', account_id, post_id, parent_id });
    const position = cursor === undefined ? undefined : decodeCursor(cursor, filter, TIME_AND_ID);
    const rows = await comments.list({ account_id, post_id, parent_id, position, limit: limit + 1 });
    const keyOf = ({ timestamp, id: commentId }: Comment) => [timestamp, String(commentId)];
    return toPage(rows, { limit, position, filter, keyOf, toItem: (comment) => comment });
  };
