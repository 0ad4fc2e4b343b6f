import { visibleAccounts } from '../database/account-scope.ts';
import { ServiceError } from '../errors.ts';
import type { PostRepository } from './repository.ts';
import type { Post } from './schema.ts';

/**
 * One post of any account the caller may see, one that is gone from Instagram too.
 * @throws {ServiceError} `post_not_found`.
 */
export const createGetPost =
  ({ posts }: { posts: Pick<PostRepository, 'find'> }) =>
  async (id: number): Promise<Post> => {
    const post = await posts.find(visibleAccounts(), id);
    if (post === null) throw new ServiceError('post_not_found', 'There is no such post');
    return post;
  };
