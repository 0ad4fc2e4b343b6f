import { defineEdge } from '../define-edge.ts';
import { fieldsOf, readNode } from '../node.ts';
import { commentNode } from '../nodes/comment.ts';
import { render } from '../render.ts';
import { COMMENT_PERMISSIONS, readFlag, SUCCESS } from '../write.ts';

/** `GET /{ig-comment-id}`. */
export const comment = defineEdge({
  name: 'comment',
  of: 'comment',
  segment: null,
  method: 'GET',
  permissions: COMMENT_PERMISSIONS,
  answer: (object, call) =>
    render(readNode(commentNode, object.comment, fieldsOf(commentNode, call.fields, call.login), call), call),
});

/** `POST /{ig-comment-id}` with `hide`. */
export const hideComment = defineEdge({
  name: 'comment.hide',
  of: 'comment',
  segment: null,
  method: 'POST',
  permissions: COMMENT_PERMISSIONS,
  answer: (object, call) => {
    call.world.editComment(object.comment.id, { hidden: readFlag(call, 'hide') });
    return SUCCESS;
  },
});

/** `DELETE /{ig-comment-id}`: with it go the replies to it. */
export const deleteComment = defineEdge({
  name: 'comment.delete',
  of: 'comment',
  segment: null,
  method: 'DELETE',
  permissions: COMMENT_PERMISSIONS,
  answer: (object, call) => {
    call.world.removeComment(object.comment.id);
    return SUCCESS;
  },
});
