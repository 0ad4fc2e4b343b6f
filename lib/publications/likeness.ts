import { textDigest } from '../comments/index.ts';
import type { MediaInput } from '../instagram/resources/media-schema.ts';
import type { PublicationRow } from './schema.ts';

/** What a publication and its media have in common: the media is recognized by it. */
export type Likeness = Pick<PublicationRow, 'kind' | 'caption' | 'request'>;

/** Equal for publications whose media cannot be told from one another. */
export const likenessDigest = ({ kind, caption, request: { files } }: Likeness): string =>
  textDigest(`${kind} ${kind === 'story' ? files[0]?.media : files.length} ${kind === 'story' ? '' : (caption ?? '')}`);

/** `media_type` and `media_product_type` that a publication reads back with. */
export const mediaTypesOf = ({ kind, request: { files } }: Pick<Likeness, 'kind' | 'request'>) => {
  if (kind === 'carousel') return { media_type: 'CAROUSEL_ALBUM', media_product_type: 'FEED' };
  const media_type = files[0]?.media === 'image' ? 'IMAGE' : 'VIDEO';
  return { media_type, media_product_type: { image: 'FEED', reel: 'REELS', story: 'STORY' }[kind] };
};

/** Whether a media may come from a publication. Instagram Login does not always tell the product type. */
export const looksLike = (media: MediaInput, likeness: Likeness): boolean => {
  const { media_type, media_product_type } = mediaTypesOf(likeness);
  if (media.media_type !== media_type) return false;
  if (media.media_product_type !== null && media.media_product_type !== media_product_type) return false;
  if (likeness.kind === 'story') return true; // a story has no caption to compare
  if (likeness.kind === 'carousel' && media.children.length !== likeness.request.files.length) return false;
  return textDigest(media.caption ?? '') === textDigest(likeness.caption ?? '');
};
