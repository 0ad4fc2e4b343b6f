import type { Comment } from '../world/types.ts';
import type { Call } from './call.ts';
import { GraphError, invalidParameter } from './errors.ts';
import { toGraphJson } from './json.ts';

/** What writes to comments need. */
export const COMMENT_PERMISSIONS = {
  instagram: 'instagram_business_manage_comments',
  facebook: 'instagram_manage_comments',
} as const;

export const SUCCESS = toGraphJson({ success: true });

/** A parameter that is `true` or `false`, as a form says it. @throws {GraphError} */
export const readFlag = ({ params }: Call, name: string): boolean => {
  const text = params.get(name);
  if (text === null) throw invalidParameter(`The parameter ${name} is required`);
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  throw invalidParameter(`Param ${name} must be a boolean`);
};

/**
 * Writes a comment of the calling account. With `fields`, Meta writes it too and then answers that it could not.
 * @throws {GraphError}
 */
export const writeComment = (mediaId: string, parentId: string | null, call: Call): string => {
  const { params, world, object } = call;
  const message = params.get('message');
  if (!message) throw invalidParameter('The parameter message is required');
  if (!object) throw new TypeError('A comment needs something to be said of');
  const { account } = object;
  const { id }: Comment = world.addComment(mediaId, {
    text: message,
    parent_id: parentId,
    username: account.username,
    authorId: account.id,
  });
  if (params.has('fields')) {
    throw new GraphError({
      message: 'Fatal',
      code: 20,
      subcode: 1772107,
      error_user_title: 'Comment could not be added',
      error_user_msg: 'The comment could not be added. Please try again.',
    });
  }
  return toGraphJson({ id });
};
