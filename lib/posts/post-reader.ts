import type { CommonQueryMethods } from 'slonik';
import { visibleAccounts } from '../database/account-scope.ts';
import { ServiceError } from '../errors.ts';
import { createPostRepository } from './repository.ts';
import type { Post } from './schema.ts';

/** Reads single posts, also those that are gone from Instagram (`gone_at`). */
export const createPostReader = (database: CommonQueryMethods) => {
  const posts = createPostRepository(database);
  return {
    /** The post with this id, if its account is one that the caller may see. @throws {ServiceError} `post_not_found`. */
    get: async (id: number): Promise<Post> => {
      const post = await posts.find(visibleAccounts(), id);
      if (post === null) throw new ServiceError('post_not_found', 'There is no such post');
      return post;
    },

    /** The post of an account that mirrors this media, or null. */
    findByInstagramId: posts.findByInstagramId,
  };
};
