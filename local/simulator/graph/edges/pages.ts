import { defineEdge } from '../define-edge.ts';
import { fieldsOf, readNode } from '../node.ts';
import { pageNode } from '../nodes/facebook.ts';
import { render } from '../render.ts';

/** `GET /me/accounts` with Facebook Login: the one page there is. */
export const userPages = defineEdge({
  name: 'facebook_user.accounts',
  of: 'facebook_user',
  segment: 'accounts',
  method: 'GET',
  permissions: { facebook: 'pages_show_list' },
  isList: true,
  answer: ({ account }, call) => {
    const row = readNode(pageNode, account, fieldsOf(pageNode, call.fields, call.login), call);
    const cursor = Buffer.from(account.page.id).toString('base64url');
    return render({ data: [row], paging: { cursors: { before: cursor, after: cursor } } }, call);
  },
});

/** `GET /me/permissions`: what was granted, and what was asked for and declined. */
export const userPermissions = defineEdge({
  name: 'facebook_user.permissions',
  of: 'facebook_user',
  segment: 'permissions',
  method: 'GET',
  permissions: { facebook: null },
  isList: true,
  answer: (_, call) => {
    const granted = (call.token?.scopes ?? []).map((permission) => ({ permission, status: 'granted' }));
    const declined = granted.length > 0 ? [{ permission: 'email', status: 'declined' }] : [];
    return render({ data: [...granted, ...declined] }, call);
  },
});

/** `GET /me/businesses`: none. */
export const userBusinesses = defineEdge({
  name: 'facebook_user.businesses',
  of: 'facebook_user',
  segment: 'businesses',
  method: 'GET',
  permissions: { facebook: 'business_management' },
  isList: true,
  answer: (_, call) => render({ data: [] }, call),
});
