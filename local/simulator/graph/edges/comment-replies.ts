import { answerConnection } from '../connection.ts';
import { defineEdge } from '../define-edge.ts';
import { invalidParameter } from '../errors.ts';
import { repliesOf } from '../nodes/comment.ts';
import { COMMENT_PERMISSIONS, writeComment } from '../write.ts';

/** `GET /{ig-comment-id}/replies`. */
export const commentReplies = defineEdge({
  name: 'comment.replies',
  of: 'comment',
  segment: 'replies',
  method: 'GET',
  permissions: COMMENT_PERMISSIONS,
  isList: true,
  answer: ({ comment }, call) => answerConnection(repliesOf(comment, call), call),
});

/** `POST /{ig-comment-id}/replies` with `message`. A reply to a reply goes to the top-level comment. */
export const replyToComment = defineEdge({
  name: 'comment.reply',
  of: 'comment',
  segment: 'replies',
  method: 'POST',
  permissions: COMMENT_PERMISSIONS,
  answer: ({ comment, media }, call) => {
    if (comment.hidden) throw invalidParameter('Hidden comments cannot be replied to');
    return writeComment(media.id, comment.parent_id ?? comment.id, call);
  },
});
