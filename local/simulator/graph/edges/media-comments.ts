import { answerConnection } from '../connection.ts';
import { defineEdge } from '../define-edge.ts';
import { invalidParameter } from '../errors.ts';
import { commentsOf } from '../nodes/comment.ts';
import { COMMENT_PERMISSIONS, writeComment } from '../write.ts';

/** `GET /{ig-media-id}/comments`: top-level ones, newest first, 50 a page; replies by expansion. */
export const mediaComments = defineEdge({
  name: 'media.comments',
  of: 'media',
  segment: 'comments',
  method: 'GET',
  permissions: COMMENT_PERMISSIONS,
  isList: true,
  answer: ({ media }, call) => answerConnection(commentsOf(media.id, call), call),
});

/** `POST /{ig-media-id}/comments` with `message`. */
export const createComment = defineEdge({
  name: 'media.comment',
  of: 'media',
  segment: 'comments',
  method: 'POST',
  permissions: COMMENT_PERMISSIONS,
  answer: ({ media }, call) => {
    // no document says how Meta words it
    if (!media.is_comment_enabled) throw invalidParameter('Comments are disabled on this media');
    return writeComment(media.id, null, call);
  },
});
