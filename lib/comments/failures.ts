import { ServiceError } from '../errors.ts';

export { mediaGone } from '../posts/index.ts';

/** The comment is known here, and no longer on Instagram. */
export const commentGone = () => new ServiceError('comment_gone', 'The comment is no longer on Instagram');

/** Nobody may comment on the post, its owner included. */
export const commentsDisabled = () => new ServiceError('comments_disabled', 'Comments on this post are switched off');
