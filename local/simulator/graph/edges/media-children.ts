import { defineEdge } from '../define-edge.ts';
import { fieldsOf, readNode } from '../node.ts';
import { partNode } from '../nodes/media.ts';
import { render } from '../render.ts';

/** `GET /{ig-media-id}/children`: all parts in their order, on one page. */
export const mediaChildren = defineEdge({
  name: 'media.children',
  of: 'media',
  segment: 'children',
  method: 'GET',
  permissions: { instagram: 'instagram_business_basic', facebook: 'instagram_basic' },
  answer: ({ media }, call) => {
    const fields = fieldsOf(partNode, call.fields, call.login);
    return render({ data: media.children.map((part) => readNode(partNode, { part, media }, fields, call)) }, call);
  },
});
