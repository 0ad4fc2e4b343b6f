import type { AccountScope } from '../database/account-scope.ts';
import { ServiceError } from '../errors.ts';
import type { CommentRepository } from './repository.ts';
import type { CommentRecord } from './schema.ts';

/** One comment, also a deleted one, if its account is in the scope. @throws {ServiceError} `comment_not_found`. */
export const createGetComment =
  ({ comments }: { comments: Pick<CommentRepository, 'find'> }) =>
  async (scope: AccountScope, id: number): Promise<CommentRecord> => {
    const comment = await comments.find(scope, id);
    if (comment === null) throw new ServiceError('comment_not_found', 'There is no such comment');
    return comment;
  };
