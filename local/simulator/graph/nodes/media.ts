import type { Media, MediaPart } from '../../world/types.ts';
import type { Call } from '../call.ts';
import { expandConnection } from '../connection.ts';
import { GraphError } from '../errors.ts';
import type { Field } from '../fields.ts';
import { formatTime } from '../format.ts';
import type { Json } from '../json.ts';
import { fieldsOf, type NodeType, readNode } from '../node.ts';
import { commentsOf } from './comment.ts';

/** A picture or video of an album, with what its album lends it. */
export interface PartOfMedia {
  readonly part: MediaPart;
  readonly media: Media;
}

const isReel = ({ media_product_type }: Media): boolean => media_product_type === 'REELS';
/** FEED and REELS alone have the counts that Facebook Login adds. */
const hasFacebookCounts = ({ media_product_type }: Media): boolean =>
  media_product_type === 'FEED' || media_product_type === 'REELS';

const linkTo = (file: string | null, call: Call): string | undefined =>
  file === null ? undefined : call.links.unsigned(file, call.signature);

const ownerOf = ({ id }: Media, call: Call) => call.world.find(id)?.account;

const childrenOf = (media: Media, field: Field, call: Call): Json => {
  const fields = fieldsOf(partNode, field.fields, call.login);
  return { data: media.children.map((part) => readNode(partNode, { part, media }, fields, call)) };
};

/** IG Media. What there is not (a hidden like count, no caption, licensed music) has no key. */
export const mediaNode: NodeType<Media> = {
  name: 'Media',
  defaults: [],
  only: {
    reposts_count: 'facebook',
    saved_count: 'facebook',
    shares_count: 'facebook',
    total_comments_count: 'facebook',
    total_like_count: 'facebook',
    total_views_count: 'facebook',
    boost_ads_list: 'facebook',
    boost_eligibility_info: 'facebook',
  },
  live: new Set(['comments']),
  idOf: ({ id }) => id,
  overridesOf: ({ overrides }) => overrides,
  readers: {
    id: ({ id }) => id,
    legacy_instagram_media_id: ({ id }) => `2${id.slice(-16)}`,
    alt_text: ({ alt_text }) => alt_text ?? undefined,
    caption: ({ caption }) => caption || undefined,
    comments_count: ({ comments_count }) => comments_count,
    like_count: ({ like_count, likesHidden }) => (likesHidden ? undefined : like_count),
    media_type: ({ media_type }) => media_type,
    media_product_type: ({ media_product_type }) => media_product_type ?? undefined,
    media_url: ({ file }, call) => linkTo(file, call),
    thumbnail_url: ({ media_type, thumbnail }, call) => (media_type === 'VIDEO' ? linkTo(thumbnail, call) : undefined),
    permalink: (media) => `https://www.instagram.com/${isReel(media) ? 'reel' : 'p'}/${media.shortcode}/`,
    shortcode: ({ shortcode }) => shortcode,
    timestamp: ({ timestamp }) => formatTime(timestamp),
    username: (media, call) => ownerOf(media, call)?.username,
    owner: (media, call) => ({ id: ownerOf(media, call)?.id }),
    is_comment_enabled: ({ is_comment_enabled }) => is_comment_enabled,
    is_shared_to_feed: (media) => (isReel(media) ? true : undefined),
    is_ai_generated: () => false,
    media_audio_type: (media) => (isReel(media) ? (media.file === null ? 'MUSIC' : 'ORIGINAL_SOUND') : undefined),
    // one old feed video makes a whole listing fail
    copyright_check_information: (media) => {
      if (media.media_type !== 'VIDEO') return undefined;
      if (!isReel(media)) throw new GraphError({ message: 'Video content was not found', code: 9005 });
      return { status: 'completed', matches_found: media.file === null };
    },
    boost_ads_list: () => undefined,
    boost_eligibility_info: () => ({ eligible_to_boost: true }),
    view_count: () => undefined,
    reposts_count: (media) => (hasFacebookCounts(media) ? media.like_count % 17 : undefined),
    saved_count: (media) => (hasFacebookCounts(media) ? media.like_count % 53 : undefined),
    shares_count: (media) => (hasFacebookCounts(media) ? media.like_count % 29 : undefined),
    total_comments_count: ({ comments_count }) => comments_count,
    total_like_count: ({ like_count, likesHidden }) => (likesHidden ? undefined : like_count),
    total_views_count: ({ like_count }) => like_count * 11,
    children: (media, call, field) =>
      media.media_type === 'CAROUSEL_ALBUM' ? childrenOf(media, field, call) : undefined,
    comments: (media, call, field) =>
      media.comments_count === 0 ? undefined : expandConnection(commentsOf(media.id, call), field, call),
  },
};

/** A part of an album: IG Media too, which knows all its fields and has few of them. */
export const partNode: NodeType<PartOfMedia> = {
  name: mediaNode.name,
  defaults: [],
  only: mediaNode.only,
  live: mediaNode.live,
  idOf: ({ part }) => part.id,
  readers: {
    ...Object.fromEntries(Object.keys(mediaNode.readers).map((name) => [name, () => undefined])),
    id: ({ part }) => part.id,
    alt_text: ({ part }) => part.alt_text ?? undefined,
    media_type: ({ part }) => part.media_type,
    media_url: ({ part }, call) => linkTo(part.file, call),
    thumbnail_url: ({ part }, call) => (part.media_type === 'VIDEO' ? linkTo(part.thumbnail, call) : undefined),
    timestamp: ({ media }) => formatTime(media.timestamp),
    username: ({ media }, call) => ownerOf(media, call)?.username,
    owner: ({ media }, call) => ({ id: ownerOf(media, call)?.id }),
  },
};
