import { defineEdge } from '../define-edge.ts';
import { fieldsOf, readNode } from '../node.ts';
import { mediaNode, partNode } from '../nodes/media.ts';
import { render } from '../render.ts';
import { COMMENT_PERMISSIONS, readFlag, SUCCESS } from '../write.ts';

const permissions = { instagram: 'instagram_business_basic', facebook: 'instagram_basic' } as const;

/** `GET /{ig-media-id}`. */
export const media = defineEdge({
  name: 'media',
  of: 'media',
  segment: null,
  method: 'GET',
  permissions,
  answer: (object, call) =>
    render(readNode(mediaNode, object.media, fieldsOf(mediaNode, call.fields, call.login), call), call),
});

/** `GET /{id}` of a part of an album. */
export const mediaPart = defineEdge({
  name: 'media',
  of: 'part',
  segment: null,
  method: 'GET',
  permissions,
  answer: (object, call) => render(readNode(partNode, object, fieldsOf(partNode, call.fields, call.login), call), call),
});

/** `POST /{ig-media-id}` with `comment_enabled`: all that can be changed of a media. Comments there are stay. */
export const toggleComments = defineEdge({
  name: 'media.toggle_comments',
  of: 'media',
  segment: null,
  method: 'POST',
  permissions: COMMENT_PERMISSIONS,
  answer: (object, call) => {
    call.world.editMedia(object.media.id, { is_comment_enabled: readFlag(call, 'comment_enabled') });
    return SUCCESS;
  },
});
