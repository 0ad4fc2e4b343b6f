import { hashOf } from './random.ts';
import type { Media, Seconds } from './types.ts';

/** A number between `least` and `most` that stands for a media and a word, the same at every read. */
const drawn = (id: string, word: string, least: number, most: number): number =>
  least + (hashOf(`${id}/${word}`) % (most - least + 1));

const MINUTE: Seconds = 60;
const DAY: Seconds = 86_400;
const YEAR: Seconds = 365 * DAY;

/** How long a story's figures can be read. */
const STORY_LIFE = DAY;
/** Meta takes up to 48 hours for some; here a media has none for as long as it takes to notice. */
const FIRST_FIGURES_AFTER = MINUTE;
const KEPT = 2 * YEAR;

/** How a media does, by every name that Instagram has for it; null: Instagram has no figures for it now. */
export const figuresOf = (media: Media, now: Seconds): Readonly<Record<string, number>> | null => {
  const age = now - media.timestamp;
  if (age < FIRST_FIGURES_AFTER || age > KEPT) return null;
  if (media.media_product_type === 'STORY' && age > STORY_LIFE) return null;
  const { id, like_count: likes, comments_count: comments } = media;
  const reach = likes * drawn(id, 'reach', 4, 9) + 5;
  const saved = drawn(id, 'saved', 0, Math.ceil(likes / 20));
  const shares = drawn(id, 'shares', 0, Math.ceil(likes / 30));
  const seconds = drawn(id, 'watched', 3, 20);
  return {
    views: Math.round(reach * 1.4),
    reach,
    likes,
    comments,
    saved,
    shares,
    total_interactions: likes + comments + saved + shares,
    reposts: drawn(id, 'reposts', 0, 5),
    follows: drawn(id, 'follows', 0, 9),
    profile_visits: drawn(id, 'visits', 0, 40),
    profile_activity: drawn(id, 'activity', 0, 12),
    navigation: drawn(id, 'navigation', 0, 200),
    replies: drawn(id, 'replies', 0, 6),
    ig_reels_avg_watch_time: seconds * 1_000,
    ig_reels_video_view_total_time: seconds * 1_000 * reach,
    reels_skip_rate: drawn(id, 'skipped', 5, 60),
    total_likes: likes,
    total_comments: comments,
    total_views: Math.round(reach * 1.5),
    link_clicks: drawn(id, 'clicks', 0, 15),
  };
};

/** Fewer have seen a story than Meta gives figures for. */
export const hasTooFewViewers = (media: Media): boolean => media.media_product_type === 'STORY' && media.like_count < 5;

/** How an account did on so many days. */
export const accountFiguresOf = (accountId: string, days: number): Readonly<Record<string, number>> => {
  const daily = (word: string, least: number, most: number) => Math.round(drawn(accountId, word, least, most) * days);
  const [likes, comments, shares, saves] = [
    daily('likes', 50, 300),
    daily('comments', 5, 40),
    daily('shares', 3, 30),
    daily('saves', 2, 20),
  ];
  const reach = daily('reach', 800, 4_000);
  return {
    views: Math.round(reach * 1.8),
    reach,
    accounts_engaged: daily('engaged', 40, 200),
    total_interactions: likes + comments + shares + saves,
    likes,
    comments,
    shares,
    saves,
    replies: daily('replies', 0, 8),
    reposts: daily('reposts', 0, 4),
    profile_links_taps: daily('taps', 0, 20),
  };
};
