import { ServiceError } from '../errors.ts';

export { mediaGone } from '../posts/index.ts';

/** The comment is stored here, but is no longer on Instagram. */
export const commentGone = () => new ServiceError('comment_gone', 'The comment is no longer on Instagram');

/** Nobody can comment on the post, not even its owner. */
export const commentsDisabled = () => new ServiceError('comments_disabled', 'Comments on this post are switched off');
