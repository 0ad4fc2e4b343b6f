import type { CommonQueryMethods } from 'slonik';
import type { AccountScope } from '../database/account-scope.ts';
import { ServiceError } from '../errors.ts';
import { createPostRepository } from './repository.ts';
import type { Post } from './schema.ts';

/** Reads single posts, also those that are gone from Instagram (`gone_at`). */
export const createPostReader = (database: CommonQueryMethods) => {
  const posts = createPostRepository(database);
  return {
    /** The post with this id, if its account is in the scope. @throws {ServiceError} `post_not_found`. */
    get: async (scope: AccountScope, id: number): Promise<Post> => {
      const post = await posts.find(scope, id);
      if (post === null) throw new ServiceError('post_not_found', 'There is no such post');
      return post;
    },

    postingGapSeconds: posts.postingGapSeconds,

    /** The post of an account that mirrors this media, or null. */
    findByInstagramId: posts.findByInstagramId,
  };
};
