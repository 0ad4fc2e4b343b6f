import { defineEdge } from '../define-edge.ts';
import { fieldsOf, readNode } from '../node.ts';
import { userNode } from '../nodes/user.ts';
import { render } from '../render.ts';

/** `GET /{ig-user-id}`, and `/me` with Instagram Login. */
export const user = defineEdge({
  name: 'user',
  of: 'user',
  segment: null,
  method: 'GET',
  permissions: { instagram: 'instagram_business_basic', facebook: 'instagram_basic' },
  answer: ({ account }, call) =>
    render(readNode(userNode, account, fieldsOf(userNode, call.fields, call.login), call), call),
});
