import { syncIncludeSchema } from '../contract.ts';
import type { Login } from '../instagram/graph.ts';

/** What this service does for an account, as far as Instagram has a permission for it. */
export const FEATURES = ['posts', 'comments', 'publishing', 'insights', 'discovery'] as const;
export type Feature = (typeof FEATURES)[number];

/** A scope, or several of which one is enough; the first is the one to ask for. */
type Need = string | readonly [string, ...string[]];

const withBasics = (
  basics: readonly Need[],
  extra: Readonly<Record<'comments' | 'publishing' | 'insights', string>>,
) => ({
  posts: basics,
  comments: [...basics, extra.comments],
  publishing: [...basics, extra.publishing],
  insights: [...basics, extra.insights],
});

/**
 * The scopes that each feature needs. A person whose role on the page comes through a business needs more with Facebook
 * Login (`business_management`, `ads_read`): the list of pages tells that, not this table.
 * @see https://developers.facebook.com/docs/instagram-platform/overview
 */
const NEEDS: Readonly<Record<Login, Readonly<Record<Feature, readonly Need[]>>>> = {
  instagram: {
    ...withBasics(['instagram_business_basic'], {
      comments: 'instagram_business_manage_comments',
      publishing: 'instagram_business_content_publish',
      insights: 'instagram_business_manage_insights',
    }),
    discovery: [], // the token is for one account, which it names itself
  },
  facebook: {
    ...withBasics(['instagram_basic', ['pages_read_engagement', 'pages_show_list']], {
      comments: 'instagram_manage_comments',
      publishing: 'instagram_content_publish',
      insights: 'instagram_manage_insights',
    }),
    discovery: ['pages_show_list'],
  },
};

/**
 * The scopes that each feature lacks; a feature that lacks none is left out. `has`: whether a scope was granted; null:
 * not known, and then it does not count as missing.
 */
export const missingScopes = (
  login: Login,
  has: (scope: string) => boolean | null,
): Partial<Record<Feature, string[]>> =>
  Object.fromEntries(
    FEATURES.map((feature) => {
      const missing = NEEDS[login][feature].filter((need) => [need].flat().every((scope) => has(scope) === false));
      return [feature, missing.map((need) => (typeof need === 'string' ? need : need[0]))] as const;
    }).filter(([, missing]) => missing.length > 0),
  );

/** What an account's own syncs bring beside its posts at first: all that its token is known to be good for. `has` as above. */
export const syncIncludeOf = (login: Login, has: (scope: string) => boolean | null) => {
  const missing = missingScopes(login, (scope) => has(scope) ?? false);
  return syncIncludeSchema.options.filter((feature) => missing[feature] === undefined);
};
