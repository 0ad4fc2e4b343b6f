import { defineEdge } from '../define-edge.ts';
import { fieldsOf, readNode } from '../node.ts';
import { facebookUserNode, pageNode } from '../nodes/facebook.ts';
import { render } from '../render.ts';

/** `GET /me` with Facebook Login. */
export const facebookUser = defineEdge({
  name: 'facebook_user',
  of: 'facebook_user',
  segment: null,
  method: 'GET',
  permissions: { facebook: null },
  answer: ({ account }, call) =>
    render(readNode(facebookUserNode, account, fieldsOf(facebookUserNode, call.fields, call.login), call), call),
});

/** `GET /{page-id}`. */
export const page = defineEdge({
  name: 'page',
  of: 'page',
  segment: null,
  method: 'GET',
  permissions: { facebook: 'pages_show_list' },
  answer: ({ account }, call) =>
    render(readNode(pageNode, account, fieldsOf(pageNode, call.fields, call.login), call), call),
});
