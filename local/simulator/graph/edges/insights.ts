import { accountFiguresOf, figuresOf, hasTooFewViewers } from '../../world/figures.ts';
import type { Login, Media } from '../../world/types.ts';
import type { Call } from '../call.ts';
import { defineEdge } from '../define-edge.ts';
import { GraphError, invalidParameter } from '../errors.ts';
import { toGraphJson } from '../json.ts';

const PERMISSIONS = {
  instagram: 'instagram_business_manage_insights',
  facebook: 'instagram_manage_insights',
} as const;

/** What Meta documents for each kind of media; `facebook` beside a name: that login alone. */
const FEED = ['views', 'reach', 'likes', 'comments', 'saved', 'shares', 'total_interactions', 'reposts'];
const PROFILE = ['follows', 'profile_visits', 'profile_activity'];
const METRICS: Readonly<Record<'FEED' | 'FEED_VIDEO' | 'REELS' | 'STORY', readonly string[]>> = {
  FEED: [...FEED, ...PROFILE],
  FEED_VIDEO: FEED.filter((name) => name !== 'reposts'),
  REELS: [...FEED, 'ig_reels_avg_watch_time', 'ig_reels_video_view_total_time', 'reels_skip_rate'],
  STORY: ['views', 'reach', 'shares', 'total_interactions', 'reposts', ...PROFILE, 'navigation', 'replies'],
};
const WITH_FACEBOOK_LOGIN: Readonly<Record<keyof typeof METRICS, readonly string[]>> = {
  FEED: ['total_likes', 'total_comments', 'total_views'],
  FEED_VIDEO: ['total_likes', 'total_comments', 'total_views'],
  REELS: ['total_likes', 'total_comments', 'total_views'],
  STORY: ['total_views', 'link_clicks'],
};
const ACCOUNT = [
  ...['views', 'reach', 'accounts_engaged', 'total_interactions', 'likes', 'comments', 'shares', 'saves', 'replies'],
  ...['reposts', 'profile_links_taps', 'follows_and_unfollows'],
];
/** Exist, but fail for what was not shared to Facebook, which nothing here is. */
const SHARED_ONLY = ['crossposted_views', 'facebook_views'];

const sortOf = ({ media_type, media_product_type }: Media): keyof typeof METRICS => {
  if (media_product_type === 'STORY' || media_product_type === 'REELS') return media_product_type;
  return media_type === 'VIDEO' ? (media_product_type === null ? 'REELS' : 'FEED_VIDEO') : 'FEED';
};

const metricsIn = ({ params }: Call): string[] => {
  const names = (params.get('metric') ?? '').split(',').filter((name) => name !== '');
  if (names.length === 0) throw invalidParameter('The parameter metric is required');
  return names;
};

/** One bad name fails the call. @throws {GraphError} 100. */
const checkMetrics = (names: readonly string[], known: readonly string[], about: string): void => {
  const shared = names.find((name) => SHARED_ONLY.includes(name));
  if (shared !== undefined)
    throw invalidParameter(`The metric ${shared} is not available: the media was not crossposted`);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw invalidParameter(`The Media Insights API does not support the ${unknown} metric for ${about}.`);
};

const notEnoughViewers = () =>
  new GraphError({
    message: '(#10) Not enough viewers for the media to show insights',
    code: 10,
    error_user_title: 'Not enough viewers',
    error_user_msg: 'There are not enough viewers for this story yet.',
  });

const asLifetime = (id: string, name: string, value: number) => ({
  name,
  period: 'lifetime',
  values: [{ value }],
  title: name.replaceAll('_', ' '),
  description: `The ${name.replaceAll('_', ' ')} of your media.`,
  id: `${id}/insights/${name}/lifetime`,
});

const permitted = (login: Login, sort: keyof typeof METRICS) =>
  login === 'facebook' ? [...METRICS[sort], ...WITH_FACEBOOK_LOGIN[sort]] : METRICS[sort];

/** `GET /{ig-media-id}/insights?metric=…`: what has no figures yet, or no longer, is an empty set. */
export const mediaInsights = defineEdge({
  name: 'media.insights',
  of: 'media',
  segment: 'insights',
  method: 'GET',
  permissions: PERMISSIONS,
  answer: ({ media }, call) => {
    const names = metricsIn(call);
    checkMetrics(names, permitted(call.login, sortOf(media)), 'this media product type');
    if (hasTooFewViewers(media)) throw notEnoughViewers();
    const figures = figuresOf(media, Math.floor(call.world.now() / 1_000));
    const data = names.flatMap((name) => {
      const value = figures?.[name];
      return value === undefined ? [] : [asLifetime(media.id, name, value)];
    });
    return toGraphJson({ data });
  },
});

/** Parts of an album have no figures of their own. */
export const partInsights = defineEdge({
  name: 'media.insights',
  of: 'part',
  segment: 'insights',
  method: 'GET',
  permissions: PERMISSIONS,
  answer: () => {
    throw invalidParameter('Insights are not available for the children of an album.');
  },
});

const DAY_SECONDS = 86_400;
const MAX_SECONDS = 30 * DAY_SECONDS;

const readPeriod = ({ params, world }: Call): { since: number; until: number } => {
  const read = (name: 'since' | 'until', fallback: number) => {
    const text = params.get(name);
    if (text === null) return fallback;
    const seconds = /^[0-9]{1,12}$/.test(text) ? Number(text) : Math.floor(Date.parse(text) / 1_000);
    if (Number.isNaN(seconds))
      throw invalidParameter(`Param ${name} must be a unix timestamp or a text strtotime can read`);
    return seconds;
  };
  const until = read('until', Math.floor(world.now() / 1_000));
  const since = read('since', until - DAY_SECONDS);
  if (since >= until) throw invalidParameter('Param since must be before until');
  if (until - since > MAX_SECONDS) {
    throw invalidParameter(`There cannot be more than 30 days (${MAX_SECONDS} s) between since and until`);
  }
  return { since, until };
};

/** `GET /{ig-user-id}/insights` with `period=day` and `metric_type=total_value`. */
export const userInsights = defineEdge({
  name: 'user.insights',
  of: 'user',
  segment: 'insights',
  method: 'GET',
  permissions: PERMISSIONS,
  answer: ({ account }, call) => {
    const names = metricsIn(call);
    if (call.params.get('period') !== 'day') throw invalidParameter('Param period must be day');
    checkMetrics(names, ACCOUNT, 'this period');
    if (call.params.get('metric_type') !== 'total_value') {
      throw invalidParameter(
        'Incompatible metric type: the metrics should be specified with parameter metric_type=total_value',
      );
    }
    const { since, until } = readPeriod(call);
    const figures = accountFiguresOf(account.id, (until - since) / DAY_SECONDS);
    const data = names.flatMap((name) => {
      const value = figures[name];
      if (value === undefined) return []; // follows_and_unfollows: only with a breakdown
      return [
        {
          name,
          period: 'day',
          title: name,
          description: name,
          total_value: { value },
          id: `${account.id}/insights/${name}/day`,
        },
      ];
    });
    return toGraphJson({ data });
  },
});
