import type { Login } from '../instagram/graph.ts';

/**
 * Kinds of objects that have different metrics. `FEED`: images and albums. `FEED_VIDEO`: single videos from before 2022, of
 * which Instagram gives fewer metrics.
 */
export const SURFACES = ['FEED', 'FEED_VIDEO', 'REELS', 'STORY', 'ACCOUNT'] as const;
export type Surface = (typeof SURFACES)[number];

interface MetricRow {
  name: string;
  on: readonly Surface[];
  /** Exists only with this login. */
  login?: Login;
  /**
   * Instagram refuses it for media that were not shared to Facebook, which we cannot know before. So it is asked for only by
   * name, and a refusal says nothing about other media.
   */
  sharedOnly?: true;
  /** Counts each person once, so its days cannot be added up. */
  unique?: true;
}

const MEDIA = ['FEED', 'FEED_VIDEO', 'REELS', 'STORY'] as const;
const POSTED = ['FEED', 'FEED_VIDEO', 'REELS'] as const;

/**
 * Every metric Instagram documents as a single number.
 * @see https://developers.facebook.com/docs/instagram-platform/reference/instagram-media/insights
 * @see https://developers.facebook.com/docs/instagram-platform/api-reference/instagram-user/insights
 */
export const METRICS: readonly MetricRow[] = [
  { name: 'views', on: [...MEDIA, 'ACCOUNT'] },
  { name: 'reach', on: [...MEDIA, 'ACCOUNT'], unique: true },
  { name: 'likes', on: [...POSTED, 'ACCOUNT'] },
  { name: 'comments', on: [...POSTED, 'ACCOUNT'] },
  { name: 'saved', on: POSTED },
  { name: 'shares', on: [...MEDIA, 'ACCOUNT'] },
  { name: 'total_interactions', on: [...MEDIA, 'ACCOUNT'] },
  { name: 'reposts', on: ['FEED', 'REELS', 'STORY', 'ACCOUNT'] },
  { name: 'follows', on: ['FEED', 'STORY'] },
  { name: 'profile_visits', on: ['FEED', 'STORY'] },
  { name: 'profile_activity', on: ['FEED', 'STORY'] },
  { name: 'navigation', on: ['STORY'] },
  { name: 'replies', on: ['STORY', 'ACCOUNT'] },
  { name: 'ig_reels_avg_watch_time', on: ['REELS'] }, // milliseconds
  { name: 'ig_reels_video_view_total_time', on: ['REELS'] }, // milliseconds
  { name: 'reels_skip_rate', on: ['REELS'] },
  { name: 'crossposted_views', on: ['REELS'], sharedOnly: true },
  { name: 'facebook_views', on: MEDIA, login: 'facebook', sharedOnly: true },
  { name: 'total_likes', on: POSTED, login: 'facebook' },
  { name: 'total_comments', on: POSTED, login: 'facebook' },
  { name: 'total_views', on: MEDIA, login: 'facebook' },
  { name: 'link_clicks', on: ['STORY'], login: 'facebook' },
  { name: 'saves', on: ['ACCOUNT'] },
  { name: 'accounts_engaged', on: ['ACCOUNT'], unique: true },
  { name: 'profile_links_taps', on: ['ACCOUNT'] },
  { name: 'follows_and_unfollows', on: ['ACCOUNT'] },
];

/** Names that Instagram does not know any more, and the metric that replaces each; null: none does. */
const RETIRED: Readonly<Record<string, string | null>> = {
  impressions: 'views',
  plays: 'views',
  video_views: 'views',
  ig_reels_aggregated_all_plays_count: 'views',
  clips_replays_count: null,
  engagement: 'total_interactions',
  carousel_album_impressions: 'views',
  carousel_album_video_views: 'views',
  carousel_album_reach: 'reach',
  carousel_album_engagement: 'total_interactions',
  carousel_album_saved: 'saved',
  taps_forward: 'navigation',
  taps_back: 'navigation',
  exits: 'navigation',
  profile_views: null,
  website_clicks: 'profile_links_taps',
  email_contacts: 'profile_links_taps',
  phone_call_clicks: 'profile_links_taps',
  get_directions_clicks: 'profile_links_taps',
  text_message_clicks: 'profile_links_taps',
};

/** Every name a caller may use. */
export const METRIC_NAMES: ReadonlySet<string> = new Set([...METRICS.map(({ name }) => name), ...Object.keys(RETIRED)]);

const exists = ({ on, login }: MetricRow, surface: Surface, tokenLogin: Login) =>
  on.includes(surface) && (login === undefined || login === tokenLogin);

/** The metrics to ask for if the caller names none. */
export const metricsOf = (surface: Surface, login: Login): string[] =>
  METRICS.filter((row) => row.sharedOnly === undefined && exists(row, surface, login)).map(({ name }) => name);

/** Whether a refusal of this metric for one media says something about others of its kind. */
export const isRefusedForAll = (name: string): boolean =>
  METRICS.some((row) => row.name === name && row.sharedOnly === undefined);

/** Whether the figures of several days may be added up. */
export const isSummable = (name: string): boolean =>
  METRICS.some((row) => row.name === name && row.unique === undefined);

/** The surface of a media. Without a product type, as with Instagram Login, a video is a reel: since 2022 all are. */
export const surfaceOf = ({
  media_type,
  media_product_type,
}: {
  media_type: string;
  media_product_type: string | null;
}): Surface => {
  if (media_product_type === 'STORY' || media_product_type === 'REELS') return media_product_type;
  if (media_type !== 'VIDEO') return 'FEED';
  return media_product_type === null ? 'REELS' : 'FEED_VIDEO';
};

/** Which of the wanted metrics to ask Instagram for. */
export interface MetricChoice {
  metrics: string[];
  /** Retired names that were asked for, and the metric that replaces each. */
  replaced: Record<string, string>;
  /** Names that cannot be asked for: `retired` without a replacement, or `not_for_this` kind of object. */
  unavailable: { metric: string; reason: 'retired' | 'not_for_this' }[];
}

/** The metrics for the names a caller used; without names, all that are asked for by default. */
export const chooseMetrics = (
  named: readonly string[] | undefined,
  { surface, login }: { surface: Surface; login: Login },
): MetricChoice => {
  if (named === undefined) return { metrics: metricsOf(surface, login), replaced: {}, unavailable: [] };
  const choice: MetricChoice = { metrics: [], replaced: {}, unavailable: [] };
  for (const name of new Set(named)) {
    const today = Object.hasOwn(RETIRED, name) ? (RETIRED[name] ?? null) : name;
    const row = METRICS.find((one) => one.name === today);
    if (today === null) choice.unavailable.push({ metric: name, reason: 'retired' });
    else if (!row || !exists(row, surface, login)) choice.unavailable.push({ metric: name, reason: 'not_for_this' });
    else {
      if (today !== name) choice.replaced[name] = today;
      if (!choice.metrics.includes(today)) choice.metrics.push(today);
    }
  }
  return choice;
};
