import type { Account } from '../../world/types.ts';
import type { NodeType } from '../node.ts';

/** The person behind a token of Facebook Login: what `/me` is there. */
export const facebookUserNode: NodeType<Account> = {
  name: 'User',
  defaults: ['id', 'name'],
  only: {},
  live: new Set(),
  idOf: ({ facebookUser }) => facebookUser.id,
  readers: { id: ({ facebookUser }) => facebookUser.id, name: ({ facebookUser }) => facebookUser.name },
};

/** The Page an Instagram account is linked to. */
export const pageNode: NodeType<Account> = {
  name: 'Page',
  defaults: ['id', 'name'],
  only: {},
  live: new Set(),
  idOf: ({ page }) => page.id,
  readers: {
    id: ({ page }) => page.id,
    name: ({ page }) => page.name,
    category: () => 'Restaurant',
    tasks: () => ['ADVERTISE', 'ANALYZE', 'CREATE_CONTENT', 'MESSAGING', 'MODERATE', 'MANAGE'],
    access_token: ({ page }) => `EAAPageTokenOf${page.id}`,
    instagram_business_account: ({ id, username, name: accountName }, _call, field) => {
      const asks = (wanted: string) => field.fields?.some(({ name }) => name === wanted) === true;
      return { id, ...(asks('username') && { username }), ...(asks('name') && { name: accountName ?? undefined }) };
    },
  },
};
