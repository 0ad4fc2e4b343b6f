import type { Account, Login } from '../../world/types.ts';
import type { Call } from '../call.ts';
import type { NodeType } from '../node.ts';

const idOf = ({ id, appScopedId }: Account, login: Login): string => (login === 'instagram' ? appScopedId : id);

/** IG User. Instagram Login's `/me` has two ids: `id` names the person to the app, `user_id` the account everywhere. */
export const userNode: NodeType<Account> = {
  name: 'IGUser',
  defaults: [],
  only: {
    user_id: 'instagram',
    account_type: 'instagram',
    shopping_product_tag_eligibility: 'facebook',
  },
  live: new Set(['media_count']),
  idOf,
  readers: {
    id: (account, { login }) => idOf(account, login),
    user_id: ({ id }) => id,
    username: ({ username }) => username,
    name: ({ name }) => name || undefined,
    account_type: ({ account_type }) => account_type,
    biography: ({ biography }) => biography || undefined,
    website: ({ website }) => website || undefined,
    profile_picture_url: ({ id }, { links, signature }) =>
      links.unsigned(`profile_${id.slice(-9)}_540x540_n.jpg`, signature),
    has_profile_pic: () => true,
    is_published: () => true,
    followers_count: ({ followers_count }) => followers_count,
    follows_count: ({ follows_count }) => follows_count,
    media_count: ({ id }, call) => countMedia(id, call),
    legacy_instagram_user_id: ({ id }) => id.slice(-10),
    shopping_product_tag_eligibility: () => false,
  },
};

const countMedia = (accountId: string, { world, conditions: { isGone } }: Call): number =>
  isGone === null
    ? world.mediaCount(accountId)
    : world.media(accountId).filter((media) => world.isCounted(media) && !isGone(media.id)).length;
